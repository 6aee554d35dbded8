import { type BuildStage, builtStages, targetStage } from './stages.ts';
import { lookupName } from './uses.ts';

/** The stages of a Dockerfile as one build takes them. */
export interface TakenStages {
  readonly all: readonly BuildStage[];
  /** The stage that becomes the image; undefined where the target is not there. */
  readonly target: BuildStage | undefined;
  /** Those that a build of the target takes, in order. */
  readonly built: readonly BuildStage[];
  /** True for a stage in whose place a context of its name is taken. */
  readonly isReplaced: (stage: BuildStage) => boolean;
}

/** The stages that a build of the target takes. `contexts`: the names of all its named contexts. */
export function takenStages(
  all: readonly BuildStage[],
  target: string | null,
  contexts: Iterable<string>,
): TakenStages {
  const given = new Set([...contexts].map(lookupName));
  const isGiven = (name: string) => given.has(lookupName(name));
  const stage = targetStage(all, target);
  return {
    all,
    target: stage,
    built: stage === undefined ? [] : builtStages(all, stage, isGiven),
    isReplaced: ({ name }) => name !== null && isGiven(name),
  };
}
