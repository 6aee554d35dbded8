import type { Lock } from '../machine/locks.ts';
import type { Failure } from '../model/failure.ts';
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
  readonly finish: (ended: Ended) => void;
  readonly abort: (error: unknown) => void;
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

/** How a task ends that its group has not built; null: it does not end yet. */
export function endOf(
  { decision }: BuildTask,
  own: NotBuilt,
  parent: readonly [string, Ended | undefined] | null,
): Ended | null {
  if (own.is === 'failed') return failed(decision, own.failure);
  if (own.is === 'moved') return moved(decision, own.failure);
  return parent?.[1] === undefined ? null : lacking(decision, parent[0], parent[1]);
}

/** What becomes of an image whose parent has not ended well. */
export function lacking(decision: Decided<'build'>, parent: string, ended: Ended): Ended {
  if (ended.outcome === 'moved') return { ...ended, decision };
  const why = ended.outcome === 'failed' ? 'failed' : 'was skipped';
  return skipped(decision, `its parent ${parent} ${why}`);
}
