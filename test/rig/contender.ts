/** A process that takes one lock again and again, and looks whether it is alone each time. */
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocks } from '../../src/machine/locks.ts';

const [folder = '', shared = '', fate] = process.argv.slice(2);
const locks = createLocks(
  () => folder,
  (ms) => sleep(ms / 10),
);
const sign = join(shared, 'busy');

for (let round = 0; round < 20; round += 1) {
  const lock = await locks.take('app:1', () => undefined);
  // Making a folder fails where there is one.
  await mkdir(sign);
  await sleep(2);
  await rmdir(sign);
  if (fate === 'die' && round === 10) {
    await rm(sign, { recursive: true, force: true });
    process.kill(process.pid, 'SIGKILL');
  }
  await lock.release();
}
process.stdout.write('alone\n');
