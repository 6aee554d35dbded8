import { isForeign } from '../dockerfile/frontend.ts';
import type { DockerfileReading } from '../dockerfile/read.ts';
import { takenStages } from '../dockerfile/taken-stages.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Manifest } from '../model/manifest.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { withoutSkipped } from '../model/skipped.ts';
import { once } from './dedupe.ts';
import { ImageNames } from './image-names.ts';
import { credentialArguments } from './rules/credential-argument.ts';
import { fetchesWithoutInterval } from './rules/fetch-without-interval.ts';
import { overwrittenHeredocs } from './rules/overwritten-heredoc.ts';
import { misnamedParents, ownBases, unusedParents } from './rules/parents.ts';
import { unseenSources } from './rules/sources.ts';
import { unhashedContent } from './rules/unhashed-content.ts';
import { unknownArguments } from './rules/unknown-argument.ts';
import { unknownTarget } from './rules/unknown-target.ts';
import type { Check, Finding, Known } from './subject.ts';

/** All checks, in the order in which their findings are told. docs/warnings.md describes them. */
const CHECKS: readonly Check[] = [
  unseenSources,
  misnamedParents,
  ownBases,
  unusedParents,
  overwrittenHeredocs,
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
export function runChecks(manifest: Manifest, resolved: Resolved): Diagnostic[] {
  const names = new ImageNames(manifest.images.values());
  const findings = [...resolved.dockerfiles].flatMap(([key, dockerfile]): Diagnostic[] => {
    const { image, build } = resolved.images.get(key) ?? {};
    if (!image?.build || !build || isForeign(build.syntax)) return [];
    const known = { image, given: image.build, build, dockerfile, images: manifest.images, names };
    return findingsOf(known).map((finding) => ({ ...finding, image: key }));
  });
  return once(withoutSkipped(findings, manifest.images), manifest.images);
}

function findingsOf(known: Known): Finding[] {
  const { build, dockerfile } = known;
  const given = build.parents.flatMap(({ contexts }) => contexts);
  const contexts = [...build.additionalContexts.keys(), ...given];
  const { target, built } = takenStages(dockerfile.stages, build.target, contexts);
  if (target === undefined) return unknownTarget(known);
  const subject = { ...known, target, stages: built };
  return CHECKS.flatMap((check) => check(subject));
}
