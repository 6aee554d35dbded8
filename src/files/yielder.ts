import { setImmediate } from 'node:timers/promises';

/** How long, in milliseconds, signals and timers may have to wait. */
const SPELL = 20;

/**
 * A function to call between pieces of work that block, such as the synchronous calls of node:fs:
 * several times faster than their promises for a great number of small files, but nothing else gets
 * a turn meanwhile. Now and then it gives others theirs.
 */
export function yielder(): () => Promise<void> | undefined {
  let since = Date.now();
  const yieldNow = async () => {
    await setImmediate();
    since = Date.now();
  };
  return () => {
    // The clock may be put back.
    const passed = Math.abs(Date.now() - since);
    // To wait for nothing takes time too, for 50,000 files: `undefined` need not be waited for.
    return passed < SPELL ? undefined : yieldNow();
  };
}
