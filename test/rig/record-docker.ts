/**
 * Records docker's own words for test/docker: `npx tsx test/rig/record-docker.ts [faults|builds] [case…]`.
 *
 * What can be wrong with a registry is played to a real engine of either image store, and what docker
 * writes to stderr goes to `fixtures/docker/faults/<case>/<verb>-<store>.txt`. Each folder of
 * `fixtures/docker/builds` holds a Dockerfile whose build fails; what BuildKit says goes beside it.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Engine, seed, startEngine } from './engine/index.ts';
import { recordBuild } from './record/builds.ts';
import { CASES } from './record/cases.ts';
import { recordFault } from './record/faults.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/docker/', import.meta.url));
const FAULTS = join(FIXTURES, 'faults');
const BUILDS = join(FIXTURES, 'builds');

const [kind, ...asked] = process.argv.slice(2);

const wanted = (name: string) => asked.length === 0 || asked.includes(name);

for (const store of ['classic', 'containerd'] as const) {
  const engine = await startEngine({ name: `record-${store}`, store });
  try {
    await seed(engine);
    if (kind !== 'builds') await each(Object.keys(CASES), engine, FAULTS, recordFault);
    if (kind !== 'faults') await each(await buildCases(), engine, BUILDS, recordBuild);
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
