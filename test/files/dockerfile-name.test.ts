import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takenDockerfile } from '../../src/files/dockerfile-name.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dockerfile-name-'));
});
afterEach(() => rm(folder, { recursive: true }));

test.each([
  [['dockerfile'], 'Dockerfile', 'dockerfile'],
  [['dockerfile', 'Dockerfile'], 'Dockerfile', 'Dockerfile'],
  [['Dockerfile'], 'Dockerfile', 'Dockerfile'],
  [['dockerfile'], 'dockerfile', 'dockerfile'],
  [['app.dockerfile'], 'app.Dockerfile', 'app.Dockerfile'],
  [[], 'Dockerfile', 'Dockerfile'],
  [['dockerfile'], 'gone/Dockerfile', 'gone/Dockerfile'],
])('of %j docker takes for %s: %s', async (files, asked, taken) => {
  for (const file of files) await writeFile(join(folder, file), '');
  expect(takenDockerfile(join(folder, asked))).toBe(join(folder, taken));
});
