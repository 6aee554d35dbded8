/**
 * Records docker's own words for test/docker: `npx tsx test/rig/record-docker.ts [faults|builds|unusable] [case…]`.
 *
 * What can be wrong with a registry is played to a real engine of either image store, and what docker
 * writes to stderr goes to `fixtures/docker/faults/<case>/<verb>-<store>.txt`. Each folder of
 * `fixtures/docker/builds` holds a Dockerfile whose build fails; what BuildKit says goes beside it. What
 * a docker command says that cannot be used goes to `fixtures/docker/unusable/<case>/<version>.txt`.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Engine, seed, startEngine } from './engine/index.ts';
import { recordBuild } from './record/builds.ts';
import { CASES } from './record/cases.ts';
import { recordFault } from './record/faults.ts';
import { recordUnusable, UNUSABLE } from './record/unusable.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/docker/', import.meta.url));
const FAULTS = join(FIXTURES, 'faults');
const BUILDS = join(FIXTURES, 'builds');
const UNUSABLES = join(FIXTURES, 'unusable');

const [kind, ...asked] = process.argv.slice(2);

const isWanted = (what: string) => kind === undefined || kind === what;
const wanted = (name: string) => asked.length === 0 || asked.includes(name);

for (const store of ['classic', 'containerd'] as const) {
  const engine = await startEngine({ name: `record-${store}`, store });
  try {
    await seed(engine);
    if (isWanted('faults')) await each(Object.keys(CASES), engine, FAULTS, recordFault);
    if (isWanted('builds')) await each(await buildCases(), engine, BUILDS, recordBuild);
    // Not the store's words, but the docker command's.
    if (isWanted('unusable') && store === 'classic')
      await each(Object.keys(UNUSABLE), engine, UNUSABLES, recordUnusable);
  } finally {
    await engine.stop();
  }
}

async function each(
  names: readonly string[],
  engine: Engine,
  folder: string,
  record: (name: string, engine: Engine, folder: string) => Promise<void>,
): Promise<void> {
  for (const name of names.filter(wanted)) {
    process.stderr.write(`${engine.store}: ${name}\n`);
    await record(name, engine, folder).catch((error: Error) =>
      process.stderr.write(`  ${error.message}\n`),
    );
  }
}

async function buildCases(): Promise<string[]> {
  const names = await readdir(BUILDS);
  return names.filter((name) => name !== 'context');
}
