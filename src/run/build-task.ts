import type { Lock } from '../machine/locks.ts';
import type { Decided, ImageTask } from './image-task.ts';
import type { Ended } from './result.ts';

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
