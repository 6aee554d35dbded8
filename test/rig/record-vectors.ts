/**
 * Writes what the vectors must give: `npx tsx test/rig/record-vectors.ts`, for a new vector. What is
 * there already may change with a new version of the format only, and docs/hash.md with it.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadManifest } from '../../src/manifest/load.ts';
import { produce, VECTORS, vectorRuns } from './vectors.ts';

for (const run of await vectorRuns()) {
  const options = { cwd: join(VECTORS, run.vector), file: null, envFiles: [], env: {} };
  const { manifest } = await loadManifest(options);
  const produced = await produce(run, [...(manifest?.images.keys() ?? [])]);
  await rm(run.expected, { recursive: true, force: true });
  await mkdir(run.expected, { recursive: true });
  for (const [name, text] of produced) await writeFile(join(run.expected, name), text);
}
