import { isForeign } from '../dockerfile/frontend.ts';
import type { Instruction } from '../dockerfile/instruction.ts';
import { asksForSecret } from '../dockerfile/mounts.ts';
import type { DockerfileReading } from '../dockerfile/read.ts';
import { type BuildStage, targetStage } from '../dockerfile/stages.ts';
import { triggersOf } from '../dockerfile/triggers.ts';
import { type ImageUse, triggeredUses } from '../dockerfile/uses.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import type { ParentNames } from './parent-names.ts';

/** What was resolved of the parents, by key. */
interface ResolvedParents {
  readonly images: ReadonlyMap<string, ResolvedImage>;
  readonly dockerfiles: ReadonlyMap<string, DockerfileReading>;
}

/** What the stages of a Dockerfile use by the ONBUILDs of the parents that they begin with. */
export function usesByTriggers(
  triggers: ReadonlyMap<BuildStage, readonly Instruction[]>,
  dockerfile: DockerfileReading,
): ImageUse[] {
  return [...triggers].flatMap(([stage, each]) => triggeredUses(each, stage, dockerfile.stages));
}

/**
 * The ONBUILDs of the parents that stages begin with, by the stage. Parents that are not built here have
 * theirs in their configuration: a run looks there.
 */
export function parentTriggers(
  dockerfile: DockerfileReading,
  names: ParentNames,
  { images, dockerfiles }: ResolvedParents,
): Map<BuildStage, readonly Instruction[]> {
  const starts = dockerfile.uses.filter(({ instruction }) => instruction === 'FROM');
  const found = starts.flatMap(({ name, stage }): [BuildStage, readonly Instruction[]][] => {
    const meaning = name === null ? null : names.meaningOf(name);
    if (meaning?.is !== 'parent') return [];
    const parent = dockerfiles.get(meaning.key);
    const build = images.get(meaning.key)?.build ?? null;
    if (parent === undefined || build === null || isForeign(build.syntax)) return [];
    const target = targetStage(parent.stages, build.target);
    if (target === undefined) return [];
    return [[stage, triggersOf(target)]];
  });
  return new Map(found);
}

/**
 * True where a step of the stages may ask for a secret or an ssh agent, by an ONBUILD of a parent too. Those of
 * images outside the manifest nobody has seen.
 */
export function mayAskForSecrets(
  stages: readonly BuildStage[],
  triggers: ReadonlyMap<BuildStage, readonly Instruction[]>,
): boolean {
  return stages.some((stage) =>
    [...stage.instructions, ...(triggers.get(stage) ?? [])].some(asksForSecret),
  );
}
