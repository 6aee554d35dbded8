import { isForeign } from '../dockerfile/frontend.ts';
import type { Instruction } from '../dockerfile/instruction.ts';
import { asksForSecret } from '../dockerfile/mounts.ts';
import type { DockerfileReading } from '../dockerfile/read.ts';
import { type BuildStage, targetStage } from '../dockerfile/stages.ts';
import { triggersOf } from '../dockerfile/triggers.ts';
import { type ImageUse, triggeredUses } from '../dockerfile/uses.ts';

/** What the stages of a Dockerfile use by the ONBUILDs of the parents that they begin with. */
export function usesByTriggers(
  triggers: ReadonlyMap<BuildStage, readonly Instruction[]>,
  dockerfile: DockerfileReading,
): ImageUse[] {
  return [...triggers].flatMap(([stage, each]) => triggeredUses(each, stage, dockerfile.stages));
}

/** The images of a manifest that stages may begin with. */
export interface StartingImages {
  /** The key of the one that a name means; null where it means none. */
  readonly keyOf: (name: string) => string | null;
  /** Its Dockerfile, and which stage of it becomes the image; null where it is not built here, or not known. */
  readonly builtFrom: (
    key: string,
  ) => { readonly dockerfile: DockerfileReading; readonly target: string | null } | null;
}

/**
 * The ONBUILDs of the parents that stages begin with, by the stage. Parents that are not built here have
 * theirs in their configuration: a run looks there.
 */
export function parentTriggers(
  { uses }: DockerfileReading,
  { keyOf, builtFrom }: StartingImages,
): Map<BuildStage, readonly Instruction[]> {
  const starts = uses.filter(({ instruction }) => instruction === 'FROM');
  const found = starts.flatMap(({ name, stage }): [BuildStage, readonly Instruction[]][] => {
    const key = name === null ? null : keyOf(name);
    const parent = key === null ? null : builtFrom(key);
    if (parent === null || isForeign(parent.dockerfile.syntax)) return [];
    const target = targetStage(parent.dockerfile.stages, parent.target);
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
