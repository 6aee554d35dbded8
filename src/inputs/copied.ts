import { isForeign } from '../dockerfile/frontend.ts';
import type { Instruction } from '../dockerfile/instruction.ts';
import type { DockerfileReading } from '../dockerfile/read.ts';
import type { Variables } from '../dockerfile/scope.ts';
import { type BuildStage, stageCalled } from '../dockerfile/stages.ts';
import type { TakenStages } from '../dockerfile/taken-stages.ts';
import { type TakenSource, type Taking, takingsOf } from '../dockerfile/takings.ts';
import { lookupName } from '../dockerfile/uses.ts';
import type { WholeReason } from '../model/file-list.ts';
import type { CopiedSource, SelectionPolicy } from '../model/manifest.ts';
import { isPattern, partsOfSource } from '../model/source-glob.ts';
import type { UnseenBases } from './unseen-bases.ts';

/** What of a context is selected, and why it is all of it where what is copied cannot be told. */
export interface ContextSelection {
  readonly policy: SelectionPolicy;
  readonly whole: WholeReason | null;
}

/** A Dockerfile as one build takes it. */
export interface CopyingBuild extends Pick<Variables, 'buildArgs' | 'unhashedBuildArgs'> {
  readonly dockerfile: DockerfileReading;
  readonly stages: TakenStages;
  /** The ONBUILDs of the manifest's images that stages begin with. */
  readonly triggers: ReadonlyMap<BuildStage, readonly Instruction[]>;
  readonly unseen: UnseenBases;
}

/** Takes nothing of a context: for what is not known any further. */
export const NOTHING_COPIED: ContextSelection = {
  policy: { kind: 'copied', sources: [] },
  whole: null,
};

/** What a build copies of the context of that name; null: of its own. */
export function copiedOf(build: CopyingBuild): (context: string | null) => ContextSelection {
  if (isForeign(build.dockerfile.syntax)) {
    const { syntax } = build.dockerfile;
    return () =>
      whole({ message: `the frontend ${syntax} reads the Dockerfile, nobody else`, place: null });
  }
  const takings = allTakings(build);
  return (context) => {
    const begun = build.unseen.whole ?? (context === null ? null : begunWith(context, build));
    if (begun !== null) return whole(begun);
    const sources: CopiedSource[] = [];
    for (const taking of takings.filter(({ from }) => isOf(from, context))) {
      for (const source of taking.sources.filter(({ isElsewhere }) => !isElsewhere)) {
        const found = sourceIn(source, taking);
        if ('message' in found) return whole(found);
        sources.push(found);
      }
    }
    return { policy: { kind: 'copied', sources }, whole: null };
  };
}

function whole(reason: WholeReason): ContextSelection {
  return { policy: { kind: 'context' }, whole: reason };
}

function isOf(from: string | null, context: string | null): boolean {
  if (from === null || context === null) return from === context;
  return lookupName(from) === lookupName(context);
}

function allTakings({ dockerfile, stages, triggers, ...args }: CopyingBuild): Taking[] {
  const variables = { ...args, globals: dockerfile.globals };
  const takings = (of: readonly BuildStage[]) =>
    takingsOf(of, variables, (stage) => triggers.get(stage) ?? []);
  const found = takings(stages.built);
  // An ONBUILD may ask for a stage that nothing else does.
  const asksForMore = found.some(({ isTrigger, from }) => {
    const stage = isTrigger && from !== null ? stageCalled(stages.all, from) : undefined;
    return stage !== undefined && !stages.built.includes(stage);
  });
  return asksForMore ? takings(stages.all) : found;
}

/** A stage that begins with the context has all of it. */
function begunWith(context: string, { stages }: CopyingBuild): WholeReason | null {
  const name = lookupName(context);
  const stage = stages.built.find(({ base }) => base === null || lookupName(base) === name);
  if (stage !== undefined) {
    return { message: 'a stage begins with all of it', place: stage.from.place };
  }
  // Where the target is a context, nothing is built.
  const [first] = stages.built.length > 0 ? [] : stages.all;
  return first === undefined ? null : { message: 'it may be the target', place: first.from.place };
}

function sourceIn(
  source: TakenSource,
  { withParents, keyword }: Taking,
): CopiedSource | WholeReason {
  const { text, sure, place } = source;
  const because = (why: string) => ({ message: `\`${keyword}\` ${why}`, place });
  if (text === null) return because('has a source with a variable that only docker knows');
  const hasGlob = source.reads !== 'path' && isPattern(text);
  if (hasGlob && !sure) return because('has a glob with a variable that the base image may set');
  const parts = partsOfSource(text);
  const reads = withParents ? 'parents' : source.reads;
  const isAll =
    parts.length === 0 ||
    (reads === 'glob' && parts.length === 1 && /^\*+$/.test(parts[0] ?? '')) ||
    (reads === 'doubtful' && isPattern(parts[0] ?? '')) ||
    (reads === 'parents' && /\*\*|[[\\!]/.test(parts[0] ?? ''));
  const by = { what: `${keyword} ${text}`, place };
  return isAll ? because('takes all of it') : { path: parts.join('/'), reads, by };
}
