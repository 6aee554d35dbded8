import { decide } from '../plan/decide.ts';
import { keep } from './actions.ts';
import type { BuildTask } from './build-task.ts';
import { lookAgain } from './image-task.ts';
import { type Ended, failed } from './result.ts';

/** Milliseconds between two looks at a lock that another run has. */
const PATIENCE_MS = 150;

/** Whether a build may begin. */
export type ClaimOfTask =
  /** This run holds the lock of its reference. */
  | { readonly is: 'ours' }
  | { readonly is: 'elsewhere'; readonly pid: number }
  /** Another run had the lock, and left nothing to build. */
  | { readonly is: 'ended'; readonly ended: Ended };

/** Takes the lock of a build, if no other run on this machine has it. Looks again where another run had it. */
export async function claimTask(task: BuildTask): Promise<ClaimOfTask> {
  if (task.lock !== null) return { is: 'ours' };
  const { resolved, policy, services } = task.image;
  const lock = await services.locks.tryTake(resolved.ref);
  if ('heldBy' in lock) return { is: 'elsewhere', pid: lock.heldBy };
  task.lock = lock;
  if (!lock.isChanged) return { is: 'ours' };
  const facts = await lookAgain(task.image);
  const decision = decide(resolved, policy, facts);
  const isReady = decision.action === 'none' && !decision.test;
  // What was built and not tested is built once more: then it is tested with those that it is built on.
  if (!isReady && decision.action !== 'fail') return { is: 'ours' };
  // An image that is kept may have to be pushed, which takes the lock by itself.
  task.lock = null;
  await lock.release();
  const ended =
    decision.action !== 'fail'
      ? await keep({ ...task.image, facts }, decision)
      : failed(decision, decision.failure);
  return { is: 'ended', ended };
}

/** Waits until no other run works on an image; null where this run has been stopped by then. */
export async function claimWhenFree(
  task: BuildTask,
  isStopped: () => boolean,
): Promise<Exclude<ClaimOfTask, { is: 'elsewhere' }> | null> {
  for (;;) {
    await task.image.services.wait(PATIENCE_MS);
    const claim = isStopped() ? null : await claimTask(task);
    if (claim === null || claim.is !== 'elsewhere') return claim;
  }
}
