/**
 * Writes what the vectors must give: `npx tsx test/rig/record-vectors.ts`, for a new vector. What is
 * there already may change with a new version of the format only, and docs/hash.md with it.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { produce, VECTORS, vectorRuns } from './vectors.ts';

for (const run of await vectorRuns()) {
  const manifest = parse(await readFile(join(VECTORS, run.vector, 'ensure.yaml'), 'utf8'));
  const produced = await produce(run, Object.keys(manifest.images));
  await rm(run.expected, { recursive: true, force: true });
  await mkdir(run.expected, { recursive: true });
  for (const [name, text] of produced) await writeFile(join(run.expected, name), text);
}
