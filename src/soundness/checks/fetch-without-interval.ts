import type { Instruction } from '../../dockerfile/instruction.ts';
import { type Program, programsOf } from '../../dockerfile/shell/programs.ts';
import { argumentsOf, flagValues } from '../../dockerfile/words.ts';
import type { Image } from '../../model/manifest.ts';
import type { Place } from '../../model/source.ts';
import { isFetching, isVerifying } from '../fetching.ts';
import type { Finding, Subject } from '../subject.ts';

/**
 * A build that fetches from the network, under a tag that stays the same when what it fetches has
 * changed. Told of once, at the first place.
 */
export function fetchesWithoutInterval(subject: Subject): Finding[] {
  const { image, stages, build } = subject;
  // What is built in every run fetches in every run.
  if (!image.withHash || image.forceBuild || turnsOver(image, subject.images)) return [];
  for (const { instructions } of stages) {
    for (const instruction of instructions) {
      const fetch = fetchIn(instruction, build.network);
      if (fetch === null) continue;
      return [
        {
          severity: 'warning',
          code: 'fetch-without-interval',
          message: `\`${fetch.tool}\` fetches from the network: when what it fetches changes, the tag does not`,
          advice: `give \`${image.key}\` an \`interval\` after which it is built anew, such as \`1d\`, or pin what is fetched`,
          place: fetch.place,
        },
      ];
    }
  }
  return [];
}

/** True where the hash has an interval in it, the image's own or that of one that it is built on. */
function turnsOver(image: Image, images: ReadonlyMap<string, Image>): boolean {
  // A set that grows while it is walked is walked to its new end.
  const family = new Set([image]);
  for (const { build } of family) {
    if (build === null) continue;
    if (build.interval !== null) return true;
    for (const { key } of build.parents) {
      const parent = images.get(key);
      if (parent !== undefined) family.add(parent);
    }
  }
  return false;
}

interface Fetch {
  readonly tool: string;
  readonly place: Place;
}

function fetchIn(instruction: Instruction, network: string | null): Fetch | null {
  if (instruction.keyword === 'ADD') return fetchOfAdd(instruction);
  if (instruction.keyword !== 'RUN') return null;
  const [own] = flagValues(argumentsOf(instruction), 'network');
  if ((own?.text ?? network) === 'none') return null;
  const programs = programsOf(instruction);
  const fetch = programs.find(
    ({ name, args }) => isFetching(name, args) && !isPinned(name, programs),
  );
  if (fetch === undefined) return null;
  const { name, start, end } = fetch;
  return { tool: name, place: { source: instruction.place.source, start, end } };
}

/** True where the same RUN checks a digest, or names a commit by its own. */
function isPinned(tool: string, programs: readonly Program[]): boolean {
  if (tool === 'git') return programs.some(({ args }) => args.some((arg) => COMMIT.test(arg)));
  if (tool !== 'curl' && tool !== 'wget') return false;
  return programs.some(({ name, args }) => isVerifying(name, args));
}

const COMMIT = /\b[0-9a-f]{40}$/;

function fetchOfAdd(instruction: Instruction): Fetch | null {
  const { flags, words } = argumentsOf(instruction);
  if (flags.some(({ text }) => text.startsWith('--checksum='))) return null;
  const remote = words
    .slice(0, -1)
    .find(({ text }) => /^(https?|git|ssh):\/\/|^git@/.test(text) && !COMMIT.test(text));
  return remote === undefined ? null : { tool: 'ADD', place: remote.place };
}
