import { type DockerfileReading, lookupName } from '../dockerfile/read.ts';
import { type BuildStage, builtStages, targetStage } from '../dockerfile/stages.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Build, Image, Manifest } from '../model/manifest.ts';
import { nearest } from '../model/nearest.ts';
import type { ResolvedBuild, ResolvedImage } from '../model/resolved.ts';
import { withoutSkipped } from '../model/skipped.ts';
import { credentialArguments } from './checks/credential-argument.ts';
import { fetchesWithoutInterval } from './checks/fetch-without-interval.ts';
import { undeclaredParents, unusedParents } from './checks/parents.ts';
import { unseenSources } from './checks/sources.ts';
import { unhashedContent } from './checks/unhashed-content.ts';
import { unknownArguments } from './checks/unknown-argument.ts';
import { once } from './once.ts';
import type { Check, Finding } from './subject.ts';

/** All checks, in the order in which their findings are told. docs/warnings.md describes them. */
const CHECKS: readonly Check[] = [
  unseenSources,
  undeclaredParents,
  unusedParents,
  unknownArguments,
  unhashedContent,
  credentialArguments,
  fetchesWithoutInterval,
];

/** Images whose hashes are known, and what their Dockerfiles say. */
interface Resolved {
  readonly images: ReadonlyMap<string, ResolvedImage>;
  readonly dockerfiles: ReadonlyMap<string, DockerfileReading>;
}

/**
 * What is doubtful about images that are right as far as the manifest goes: how they and their
 * Dockerfiles fit together. Pure. What an image skips is left out.
 */
export function checkSoundness(manifest: Manifest, resolved: Resolved): Diagnostic[] {
  const findings = [...resolved.dockerfiles].flatMap(([key, dockerfile]): Diagnostic[] => {
    const { image, build } = resolved.images.get(key) ?? {};
    if (!image?.build || !build || isForeign(dockerfile, build)) return [];
    const found = findingsOf(image, image.build, build, dockerfile, manifest);
    return found.map((finding) => ({ ...finding, image: key }));
  });
  return once(withoutSkipped(findings, manifest.images), manifest.images);
}

function findingsOf(
  image: Image,
  given: Build,
  build: ResolvedBuild,
  dockerfile: DockerfileReading,
  { images }: Manifest,
): Finding[] {
  const target = targetStage(dockerfile.stages, build.target);
  if (target === undefined) return unknownTarget(image, given, build, dockerfile.stages);
  const contexts = [...build.additionalContexts.keys(), ...build.parents.flatMap(contextsOf)];
  const replaced = new Set(contexts.map(lookupName));
  const stages = builtStages(dockerfile.stages, target, (name) => replaced.has(lookupName(name)));
  const subject = { image, given, build, dockerfile, target, stages, images };
  return CHECKS.flatMap((check) => check(subject));
}

function contextsOf({ contexts }: ResolvedBuild['parents'][number]): readonly string[] {
  return contexts;
}

function unknownTarget(
  image: Image,
  given: Build,
  { target, dockerfile }: ResolvedBuild,
  stages: readonly BuildStage[],
): Finding[] {
  if (target === null) return [];
  const names = stages.flatMap(({ name }) => name ?? []);
  const near = nearest(target, names);
  const known = names.length === 0 ? 'no stage has a name' : `its stages are ${names.join(', ')}`;
  return [
    {
      severity: 'error',
      code: 'unknown-target',
      message: `no stage of ${dockerfile.shown} is called \`${target}\``,
      advice: near === null ? known : `did you mean \`${near}\`?`,
      place: given.places.get('target') ?? image.place,
    },
  ];
}

/** True where another frontend than docker's own reads the Dockerfile: then nobody knows how. */
function isForeign({ syntax }: DockerfileReading, build: ResolvedBuild): boolean {
  const name = 'BUILDKIT_SYNTAX';
  const frontend = build.buildArgs.get(name) ?? build.unhashedBuildArgs.get(name) ?? syntax;
  return frontend !== null && !/(^|\/)docker\/dockerfile(-upstream)?(:|@|$)/.test(frontend);
}
