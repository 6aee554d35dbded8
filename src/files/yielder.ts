import { setImmediate } from 'node:timers/promises';

/** How long, in milliseconds, signals and timers may have to wait. */
const SPELL = 20;

/**
 * A function to call between pieces of work that block, such as the synchronous calls of node:fs:
 * several times faster than their promises for a great number of small files, but nothing else gets
 * a turn meanwhile. Now and then it gives others theirs.
 */
export function yielder(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < SPELL) return;
    await setImmediate();
    since = performance.now();
  };
}
