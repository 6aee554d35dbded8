import type { Lock } from '../machine/locks.ts';
import type { Failure } from '../model/failure.ts';
import type { Decision } from '../model/plan.ts';
import type { Decided, ImageTask } from './image-task.ts';
import { type Ended, failed, moved, skipped } from './result.ts';

/** An image that waits to be built, or is being built. */
export interface BuildTask {
  readonly key: string;
  readonly image: ImageTask;
  readonly decision: Decided<'build'>;
  /** Those of its parents that this run builds, too. */
  readonly parents: ReadonlySet<string>;
  /** One docker call can build it with others. */
  readonly canGroup: boolean;
  /** Held from before the build until it is pushed. */
  lock: Lock | null;
  /** How often its build was begun. */
  tries: number;
  /** When its build was begun for the first time. */
  begunMs: number | null;
  /** Whether it may be published; null: it may. Settled once it has been built, or has ended otherwise. */
  readonly proof: Promise<Ended | null>;
  readonly prove: (unfit: Ended | null) => void;
  readonly finish: (ended: Ended) => void;
  readonly abort: (error: unknown) => void;
}

/** A parent of an image that is to be built, and how it ends. */
export interface QueuedParent {
  readonly key: string;
  readonly end: Promise<Ended>;
  /** It is to be built in this run too. */
  readonly isBuilt: boolean;
}

/**
 * Can a child be built in the same call as its parent? BuildKit may then ask the child's session for
 * the parent's secrets and agents, where they are others or none: such a parent goes first. So does
 * one for other platforms.
 */
export function isLinkable(parent: BuildTask, child: BuildTask): boolean {
  const [above, below] = [parent.image.resolved.build, child.image.resolved.build];
  return (
    parent.canGroup &&
    child.canGroup &&
    above?.builder === below?.builder &&
    above?.platforms.join() === below?.platforms.join() &&
    above?.secrets.length === 0 &&
    above.ssh.length === 0
  );
}

/** Why an image is not built. */
export type NotBuilt =
  | { readonly is: 'failed'; readonly failure: Failure }
  /** A registry is to blame, and may do better after so many milliseconds. */
  | { readonly is: 'to-retry'; readonly delayMs: number }
  /** Its files moved after they were listed. */
  | { readonly is: 'moved'; readonly failure: Failure }
  | { readonly is: 'called-off' };

/** How a task ends that its group has not built; `ended` null: it is tried again after `delayMs`. */
export interface TaskEnd {
  readonly task: BuildTask;
  readonly ended: Ended | null;
  readonly delayMs: number;
}

/** How the tasks of a group end that were not built, parents first: what ends a parent ends its children. */
export function endsOf(
  group: readonly BuildTask[],
  notBuilt: ReadonlyMap<string, NotBuilt>,
): TaskEnd[] {
  const badly = new Map<string, Ended>();
  return group.flatMap((task) => {
    const own = notBuilt.get(task.key);
    if (own === undefined) return [];
    const ended = endOf(task, own, badly);
    if (ended !== null) badly.set(task.key, ended);
    return { task, ended, delayMs: own.is === 'to-retry' ? own.delayMs : 0 };
  });
}

function endOf(
  { decision, parents }: BuildTask,
  own: NotBuilt,
  badly: ReadonlyMap<string, Ended>,
): Ended | null {
  if (own.is === 'failed') return failed(decision, own.failure);
  if (own.is === 'moved') return moved(decision, own.failure);
  for (const parent of parents) {
    const end = badly.get(parent);
    if (end !== undefined) return lacking(decision, parent, end);
  }
  return null;
}

/** What becomes of an image that is built, and whose parent is not fit to be published. */
export function heldBack(decision: Decision, parent: string, ended: Ended): Ended {
  const why = ended.outcome === 'failed' ? 'failed' : 'is not published';
  return skipped(decision, `built, but not published: its parent ${parent} ${why}`);
}

/** What becomes of an image whose parent has not ended well. */
export function lacking(decision: Decision, parent: string, ended: Ended): Ended {
  if (ended.outcome === 'moved') return { ...ended, decision };
  const why = ended.outcome === 'failed' ? 'failed' : 'was skipped';
  return skipped(decision, `its parent ${parent} ${why}`);
}
