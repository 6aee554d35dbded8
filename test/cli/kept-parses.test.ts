import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keptParses } from '../../src/cli/kept-parses.ts';
import { contextOf } from '../rig/command.ts';
import { makeProject } from '../rig/project.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';

const images = Array.from({ length: 40 }, (_, at) => `  i${at}: { version: "${at}" }\n`);
const MANIFEST = `images:\n${images.join('')}`;

const inFolder = (folder: string, build = 'one') =>
  keptParses(contextOf({ build, env: { DOCKER_ENSURE_CACHE: folder } }));

it('what was made of a manifest is kept in a private file, for this text and this program alone', async () => {
  const folder = await temporaryFolder();
  const kept = await inFolder(folder);
  const text = 'a'.repeat(1000);
  expect(kept.recall(text)).toBeNull();
  kept.keep(text, '[1]\n[2]');
  expect(kept.recall(text)).toBe('[1]\n[2]');
  expect(kept.recall(`${text} `)).toBeNull();
  expect((await inFolder(folder, 'two')).recall(text)).toBeNull();

  const [name = ''] = readdirSync(join(folder, 'docker-ensure-cache/manifests'));
  const file = join(folder, 'docker-ensure-cache/manifests', name);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const whole = readFileSync(file, 'utf8');
  for (const spoiled of ['', whole.slice(0, -1), whole.replace('[2]', '[3]'), 'x\n[1]\n[2]', '\n'])
    expect([writeFileSync(file, spoiled), kept.recall(text)]).toEqual([undefined, null]);
  // Nor is what belongs to another text.
  kept.keep(`${text} `, '[4]');
  const other = readdirSync(join(folder, 'docker-ensure-cache/manifests')).find(
    (each) => each !== name,
  );
  const strange = readFileSync(join(folder, 'docker-ensure-cache/manifests', other ?? ''));
  writeFileSync(file, strange);
  expect(kept.recall(text)).toBeNull();
  writeFileSync(file, whole);
  chmodSync(file, 0o622);
  expect(kept.recall(text)).toBeNull();
});

it('a run finds in the cache what an earlier one made of the manifest, and does without', async () => {
  const project = await makeProject({ 'ensure.yaml': MANIFEST });
  const folder = join(project.cache, 'manifests');
  const first = await project.run(['refs']);
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  const [name = ''] = readdirSync(folder);
  const { ino } = statSync(join(folder, name));
  expect(await project.run(['refs'])).toEqual(first);
  expect(statSync(join(folder, name)).ino).toBe(ino);
  writeFileSync(join(folder, name), 'spoiled');
  expect(await project.run(['refs'])).toEqual(first);
  expect(readFileSync(join(folder, name), 'utf8')).not.toBe('spoiled');
});
