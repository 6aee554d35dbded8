import { createHash } from 'node:crypto';
import { chmod, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileList, hashFiles } from '../../src/files/file-list.ts';
import { selectFiles } from '../../src/files/select.ts';
import type { FileEntry } from '../../src/model/file-list.ts';
import { plant, type TreeEntry } from '../rig/planted.ts';
import {
  emptyFolder,
  fileOf,
  linkTo,
  makeFifo,
  temporaryFolder,
  temporaryTree,
} from '../rig/temporary-tree.ts';

async function listed(directory: string) {
  const policy = { kind: 'all' } as const;
  const { files } = await selectFiles({ directory, policy, dockerfile: null, image: 'app' });
  return hashFiles(directory, files, 'app');
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the file list', () => {
  it('is the canonical JSON of path to kind and content', async () => {
    const tree = await temporaryTree({
      'b/run': fileOf('#!', 0o755),
      a: 'text',
      link: linkTo('../out side'),
      empty: emptyFolder,
      'quote"\n\u0001': '',
    });
    const { list, diagnostics } = await listed(tree);
    expect(diagnostics).toEqual([]);
    const document =
      `{"a":"f ${sha256('text')}","b/run":"x ${sha256('#!')}",` +
      `"link":"l ../out side","quote\\"\\n\\u0001":"f ${sha256('')}"}`;
    expect(list?.document).toBe(document);
    expect(list?.hash).toBe(sha256(document));
    expect(list?.entries.get('link')).toEqual({ kind: 'l', target: '../out side' });
  });

  it('of no files is that of an empty object', () => {
    expect(fileList(new Map())).toMatchObject({ document: '{}', hash: sha256('{}') });
  });

  it('has every path as a key of its own, and sorted by code unit', () => {
    const entry: FileEntry = { kind: 'l', target: 't' };
    const paths = ['\u{1F600}', '\uFFFD', 'constructor', '__proto__', '10', '9', 'Z', 'a'];
    const { document } = fileList(new Map(paths.map((path) => [path, entry])));
    const sorted = ['10', '9', 'Z', '__proto__', 'a', 'constructor', '\u{1F600}', '\uFFFD'];
    expect(document).toBe(`{${sorted.map((path) => `${JSON.stringify(path)}:"l t"`).join(',')}}`);
  });

  it('is the same for files of any size, read in one piece or many', async () => {
    const text = 'x'.repeat(1024 * 1024);
    const sizes = { none: '', one: 'x', all: text, more: `${text}y`, twice: text + text };
    const { list } = await listed(await temporaryTree(sizes));
    for (const [path, bytes] of Object.entries(sizes)) {
      expect(list?.entries.get(path)).toEqual({ kind: 'f', sha256: sha256(bytes) });
    }
  });
});

describe('the hash does not depend on', () => {
  const tree = {
    'a/b': 'one',
    run: fileOf('two', 0o755),
    link: linkTo('a'),
    '\u00e9': 'three',
    'e\u0301': 'four',
  } as const;
  const hashOf = async (directory: string) => (await listed(directory)).list?.hash;

  it('the folder, the time, the order in which files came, or empty folders', async () => {
    const one = await temporaryTree(tree);
    const entries = Object.entries(tree).reverse();
    const other = await temporaryTree({
      ...Object.fromEntries(entries),
      'new/folder': emptyFolder,
    });
    await utimes(join(other, 'run'), 1, 1);
    expect(await hashOf(other)).toBe(await hashOf(one));
  });

  it.each([0o002, 0o022, 0o077])('the umask %o', async (umask) => {
    const expected = await hashOf(await temporaryTree(tree));
    const folder = await temporaryFolder();
    const before = process.umask(umask);
    try {
      const plain = Object.entries(tree).map(([path, entry]): [string, TreeEntry] => [
        path,
        typeof entry === 'string' ? fileOf(entry, 0o666 & ~umask) : entry,
      ]);
      await plant(folder, new Map(plain));
    } finally {
      process.umask(before);
    }
    expect(await hashOf(folder)).toBe(expected);
  });

  it('permissions other than that of the owner to execute', async () => {
    const one = await temporaryTree({ a: '', b: fileOf('', 0o755) });
    const other = await temporaryTree({ a: fileOf('', 0o477), b: fileOf('', 0o700) });
    expect(await hashOf(other)).toBe(await hashOf(one));
  });
});

describe('the hash depends on', () => {
  it.each<
    readonly [string, Record<string, string | TreeEntry>, Record<string, string | TreeEntry>]
  >([
    ['a byte', { a: 'x' }, { a: 'y' }],
    ['a name', { a: 'x' }, { b: 'x' }],
    ['the composition of a letter', { '\u00e9': 'x' }, { 'e\u0301': 'x' }],
    ['the folder of a file', { 'a/x': '' }, { 'b/x': '' }],
    ['which file has which content', { a: '1', b: '2' }, { a: '2', b: '1' }],
    ['the permission to execute', { a: '' }, { a: fileOf('', 0o755) }],
    ["a link's target", { a: linkTo('x') }, { a: linkTo('y') }],
    ['what is a link', { a: 'x', b: 'x' }, { a: 'x', b: linkTo('a') }],
    ['a further file, though empty', { a: '' }, { a: '', b: '' }],
  ])('%s', async (_, one, other) => {
    const [first, second] = [await temporaryTree(one), await temporaryTree(other)];
    expect((await listed(first)).list?.hash).not.toBe((await listed(second)).list?.hash);
  });
});

describe('a file that changes between listing and reading', () => {
  it.each<readonly [string, (path: string) => Promise<void>, RegExp]>([
    ['is gone', (path) => rm(path), /^a is gone since it was listed$/],
    ['is written to', (path) => writeFile(path, 'longer'), /^a changed while it was read$/],
    ['is replaced', (path) => rename(`${path}2`, path), /^a changed while it was read$/],
    ['becomes executable', (path) => chmod(path, 0o755), /^a changed while it was read$/],
    [
      'becomes a fifo',
      async (path) => {
        await rm(path);
        makeFifo(path);
      },
      /^a changed while it was read$/,
    ],
    [
      'becomes a link',
      async (path) => {
        await rm(path);
        await symlink('a2', path);
      },
      /^a cannot be read: ELOOP/,
    ],
  ])('%s: an error that names it', async (_, change, message) => {
    const directory = await temporaryTree({ a: 'text', a2: 'text' });
    const policy = { kind: 'all' } as const;
    const { files } = await selectFiles({ directory, policy, dockerfile: null, image: 'app' });
    await change(join(directory, 'a'));
    const kept = files.filter(({ path }) => path === 'a');
    const { list, diagnostics } = await hashFiles(directory, kept, 'app');
    expect(list).toBeNull();
    expect(diagnostics).toMatchObject([
      { severity: 'error', code: 'unreadable-file', image: 'app' },
    ]);
    expect(diagnostics[0]?.message).toMatch(message);
  });
});
