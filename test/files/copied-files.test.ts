import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { selectFiles } from '../../src/files/select.ts';
import type { CopiedSource } from '../../src/model/manifest.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';

const LINKS = { now: 'releases/2', 'releases/2/up': '../../conf', out: '../../../etc', me: 'me' };
const FILES = [
  'a.txt',
  'b.txt',
  'conf/x',
  'releases/1/f',
  'releases/2/f',
  'src/deep/c',
  'st*r',
  '.env',
];

async function taken(path: string, reads: CopiedSource['reads'] = 'glob'): Promise<string[]> {
  const directory = await temporaryFolder();
  for (const file of FILES) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), '');
  }
  for (const [link, target] of Object.entries(LINKS)) await symlink(target, join(directory, link));
  await writeFile(join(directory, '.dockerignore'), 'b.txt\n');
  const policy = { kind: 'copied', sources: [{ path, reads }] } as const;
  const { files } = await selectFiles({ directory, policy, dockerfile: null, image: 'app' });
  return files.map((file) => file.path);
}

test.each<[string, CopiedSource['reads'], string[]]>([
  ['a.txt', 'glob', ['a.txt']],
  ['b.txt', 'glob', []],
  ['*.txt', 'glob', ['a.txt']],
  ['*.txt', 'path', []],
  ['src', 'glob', ['src/deep/c']],
  ['src/*', 'glob', ['src/deep/c']],
  ['src/c', 'glob', []],
  ['**/c', 'glob', ['me', 'now', 'out']],
  [
    '**/c',
    'parents',
    [
      ...FILES.filter((file) => file !== 'b.txt'),
      '.dockerignore',
      'me',
      'now',
      'out',
      'releases/2/up',
    ].sort(),
  ],
  ['src/**/c', 'parents', ['src/deep/c']],
  ['src/*/c', 'parents', ['src/deep/c']],
  ['st*r', 'glob', ['st*r']],
  ['st*r', 'path', ['st*r']],
  ['src/d[', 'glob', ['src/deep/c']],
  ['src/d*', 'doubtful', ['src/deep/c']],
  ['.e??', 'glob', ['.env']],
  ['now', 'glob', ['now', 'releases/2/f', 'releases/2/up']],
  ['now/f', 'glob', ['now', 'releases/2/f']],
  ['now/up/x', 'glob', ['conf/x', 'now', 'releases/2/up']],
  ['n*/f', 'glob', ['now', 'releases/2/f']],
  ['releases/[1-2]/f', 'glob', ['releases/1/f', 'releases/2/f']],
  ['out', 'glob', ['out']],
  ['me', 'glob', ['me']],
  ['absent', 'glob', []],
  ['a.txt/x', 'glob', []],
])('%s as a %s takes %j', async (path, reads, expected) => {
  expect(await taken(path, reads)).toEqual(expected);
});
