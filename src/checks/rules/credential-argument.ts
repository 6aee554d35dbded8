import { pairsOf } from '../../dockerfile/pairs.ts';
import { type BuildStage, chainOf } from '../../dockerfile/stages.ts';
import { argumentNames, type Finding, type Subject } from '../subject.ts';

/** Build arguments that look like credentials, which no build argument keeps to itself. */
export function credentialArguments(subject: Subject): Finding[] {
  const { image, given, stages, target } = subject;
  const declaring = (some: readonly BuildStage[]) =>
    new Set(
      some
        .flatMap(({ instructions }) => instructions)
        .filter(({ keyword }) => keyword === 'ARG')
        .flatMap(pairsOf)
        .map(({ name }) => name),
    );
  const seen = declaring(stages);
  const inImage = declaring(chainOf(target));
  const finding = (key: string, name: string, why: string): Finding => ({
    severity: 'warning',
    code: 'credential-argument',
    message: `\`${name}\` looks like a credential: ${why}`,
    advice: `give it in \`secrets\`, and mount it: \`RUN --mount=type=secret,id=${name}\``,
    place: given.places.get(`${key}.${name}`) ?? image.place,
  });
  return [
    ...argumentNames(given, 'build_args')
      .filter(isCredential)
      .map((name) => finding('build_args', name, IN_LABEL)),
    ...argumentNames(given, 'unhashed_build_args')
      .filter((name) => isCredential(name) && seen.has(name))
      .map((name) =>
        finding('unhashed_build_args', name, inImage.has(name) ? IN_HISTORY : IN_CACHE),
      ),
  ];
}

const IN_LABEL = 'the value of a hashed build argument stands in a label of the image';
const IN_HISTORY = "docker writes the value of a build argument into the image's history";
const IN_CACHE = "docker keeps the value of a build argument in the build's cache and records";

const WORD =
  /^(auth|keys?|pass|creds?)$|(tokens?|passwords?|passwd|passphrase|secrets?|credentials?|apikey)$/i;
/** What makes of a credential's name that of something about it. */
const HARMLESS = /^(public|pub|cache)$/i;
const ABOUT = /^(id|name|file|path|dir|url|uri|host|server|type|version|length|size|ttl|user)$/i;

/** By the words of its name: `API_KEY` and `npmToken`, but not `KEYBOARD` or `TOKEN_FILE`. */
function isCredential(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').split(/[_.-]+/);
  if (words.some((word) => HARMLESS.test(word)) || ABOUT.test(words.at(-1) ?? '')) return false;
  return words.some((word) => WORD.test(word));
}
