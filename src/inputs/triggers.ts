import { isForeign } from '../dockerfile/frontend.ts';
import type { DockerfileReading } from '../dockerfile/read.ts';
import { targetStage } from '../dockerfile/stages.ts';
import { triggersOf } from '../dockerfile/triggers.ts';
import { type ImageUse, triggeredUses } from '../dockerfile/uses.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import type { ParentNames } from './parent-names.ts';

/** What was resolved of the parents, by key. */
interface ResolvedParents {
  readonly images: ReadonlyMap<string, ResolvedImage>;
  readonly dockerfiles: ReadonlyMap<string, DockerfileReading>;
}

/**
 * What the stages of a Dockerfile use by the ONBUILDs of the parents that they begin with. Parents that
 * are not built here have theirs in their configuration: a run looks there.
 */
export function usesByTriggers(
  dockerfile: DockerfileReading,
  names: ParentNames,
  { images, dockerfiles }: ResolvedParents,
): ImageUse[] {
  const starts = dockerfile.uses.filter(({ instruction }) => instruction === 'FROM');
  return starts.flatMap(({ name, stage }) => {
    const meaning = name === null ? null : names.meaningOf(name);
    if (meaning?.is !== 'parent') return [];
    const parent = dockerfiles.get(meaning.key);
    const build = images.get(meaning.key)?.build ?? null;
    if (parent === undefined || build === null || isForeign(build.syntax)) return [];
    const target = targetStage(parent.stages, build.target);
    if (target === undefined) return [];
    return triggeredUses(triggersOf(target), stage, dockerfile.stages);
  });
}
