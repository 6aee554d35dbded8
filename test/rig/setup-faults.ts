import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Store } from './engine/index.ts';
import { summarizeTally } from './fault-tally.ts';

/**
 * The global set-up of a fault tier. Its tests start engines and registries of their own, since they
 * kill them; when all have ended the faults are counted.
 */
export function setUpFaults(store: Store) {
  return async ({ provide }: TestProject): Promise<() => Promise<void>> => {
    const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-tally-'));
    const tally = join(folder, 'tally');
    provide('store', store);
    provide('tally', tally);
    return async () => {
      process.stdout.write(`\n${await summarizeTally(tally, store)}\n`);
      await rm(folder, { recursive: true });
    };
  };
}
