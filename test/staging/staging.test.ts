import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hashFiles } from '../../src/files/file-list.ts';
import { selectFiles } from '../../src/files/select.ts';
import { stageFiles } from '../../src/staging/staging.ts';
import type { StagedPart } from '../../src/staging/staging-index.ts';
import { readTree } from '../rig/planted.ts';
import {
  emptyFolder,
  fileOf,
  linkTo,
  temporaryFolder,
  temporaryTree,
} from '../rig/temporary-tree.ts';

async function select(directory: string) {
  const policy = { kind: 'all' } as const;
  const { files } = await selectFiles({ directory, policy, dockerfile: null, image: 'app' });
  return files;
}

/** The whole folder as a request to stage it. */
async function requestFor(directory: string, folder: string) {
  const files = await select(directory);
  const { list } = await hashFiles(directory, files, 'app');
  return { folder, directory, files, entries: list!.entries };
}

async function stageAgain(directory: string, folder: string, before?: StagedPart, sure = true) {
  const staging = await stageFiles({
    ...(await requestFor(directory, folder)),
    ...(before && { before }),
    sure,
  });
  if (!staging.ok) throw new Error(staging.message);
  return staging.part;
}

async function stage(directory: string, folder?: string) {
  const context = folder ?? (await temporaryFolder());
  await stageAgain(directory, context);
  return context;
}

const modeOf = async (path: string) => (await lstat(path)).mode & 0o7777;
const timeOf = async (path: string) => (await lstat(path, { bigint: true })).mtimeNs;
const inodeOf = async (path: string) => (await lstat(path)).ino;

describe('a staged context', () => {
  it('has exactly the files, of any name', async () => {
    const names = [
      ' a',
      'a ',
      '#a',
      '!a',
      '*',
      '[a]',
      'a\nb',
      'a\\b',
      '-a',
      '__proto__',
      'e\u0301',
    ];
    const entries = names.flatMap((name): [string, string][] => [
      [name, name],
      [`${name}2/${name}/x`, name],
    ]);
    const tree = await temporaryTree(Object.fromEntries(entries));
    expect(await readTree(await stage(tree))).toEqual(await readTree(tree));
  });

  it('has no empty folder, and no folder that is not on the way to a file', async () => {
    const context = await stage(await temporaryTree({ 'a/b/c': '', empty: emptyFolder }));
    expect(await readdir(context)).toEqual(['a']);
    expect(await readdir(await stage(await temporaryFolder()))).toEqual([]);
  });

  it('has links as they are', async () => {
    const context = await stage(await temporaryTree({ a: linkTo('/no where'), b: linkTo('..') }));
    expect(await readlink(join(context, 'a'))).toBe('/no where');
    expect(await readlink(join(context, 'b'))).toBe('..');
  });

  it('is made of copies that have the mode 0644 or 0755', async () => {
    const modes = { a: 0o644, b: 0o755, c: 0o664, d: 0o700, e: 0o444, f: 0o4755, g: 0o000 };
    const files = Object.entries(modes).map(([name, mode]) => [name, fileOf(name, mode)]);
    const tree = await temporaryTree(Object.fromEntries(files));
    const context = await stage(tree);
    for (const [name, mode] of Object.entries(modes)) {
      const linked = (await inodeOf(join(context, name))) === (await inodeOf(join(tree, name)));
      expect([name, linked]).toEqual([name, false]);
      expect(await modeOf(join(context, name))).toBe(mode & 0o100 ? 0o755 : 0o644);
      expect(await readFile(join(context, name), 'utf8')).toBe(name);
      expect(await modeOf(join(tree, name))).toBe(mode);
    }
  });

  it('is the same on another device', async () => {
    const tree = await temporaryTree({ 'a/b': 'one', c: fileOf('two', 0o755), d: linkTo('c') });
    // Another device where there is one; elsewhere the same is shown on one.
    const elsewhere = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
    const folder = await mkdtemp(join(elsewhere, 'docker-ensure-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    expect(await readTree(await stage(tree, folder))).toEqual(await readTree(tree));
  });

  it('has the second of each file, and microseconds by its content', async () => {
    const tree = await temporaryTree({ a: 'one', b: 'two', c: 'one', d: fileOf('', 0o600) });
    for (const name of 'abcd') await utimes(join(tree, name), 1_000_000, 1_234_567.89);
    const context = await stage(tree);
    const times = await Promise.all([...'abcd'].map((name) => timeOf(join(context, name))));
    expect(times.map((time) => time / 1_000_000_000n)).toEqual(Array(4).fill(1_234_567n));
    expect(times[0]).toBe(times[2]);
    expect(new Set(times).size).toBe(3);
    // SHA-256 of nothing begins with e3b0c44298fc.
    expect((times[3]! % 1_000_000_000n) / 1000n).toBe(BigInt(0xe3b0c44298fc % 1_000_000));
  });

  it('takes a time before 1970 for its beginning', async () => {
    const tree = await temporaryTree({ a: '' });
    spawnSync('touch', ['-d', '1960-01-01', join(tree, 'a')]);
    expect((await timeOf(join(await stage(tree), 'a'))) / 1_000_000_000n).toBe(0n);
  });

  it.each([0o002, 0o022, 0o077])('has the same modes under the umask %o', async (umask) => {
    const tree = await temporaryTree({ 'a/b': fileOf('', 0o600), 'a/c': '', d: fileOf('', 0o750) });
    const folder = await temporaryFolder();
    const before = process.umask(umask);
    try {
      await stage(tree, folder);
    } finally {
      process.umask(before);
    }
    const modes = ['', 'a', 'a/b', 'a/c', 'd'].map((path) => modeOf(join(folder, path)));
    expect(await Promise.all(modes)).toEqual([0o755, 0o755, 0o644, 0o644, 0o755]);
  });

  it('has nothing left of what was there before', async () => {
    const folder = await temporaryFolder();
    await stage(await temporaryTree({ 'a/b': '1', c: '2', d: linkTo('x') }), folder);
    const tree = await temporaryTree({ a: '3', 'c/e': '4', d: '5' });
    expect(await readTree(await stage(tree, folder))).toEqual(await readTree(tree));
  });

  it("leaves the user's tree as it is", async () => {
    const tree = await temporaryTree({ 'a/b': '', c: fileOf('', 0o600), d: linkTo('c') });
    const look = async () =>
      Promise.all(
        ['', 'a', 'a/b', 'c', 'd'].map(async (path) => {
          const { atime, atimeMs, atimeNs, ...stats } = await lstat(join(tree, path), {
            bigint: true,
          });
          return stats;
        }),
      );
    const before = await look();
    const folder = await temporaryFolder();
    await stage(tree, folder);
    await rm(folder, { recursive: true });
    expect(await look()).toEqual(before);
  });
});

describe('what is laid out again', () => {
  const look = async (folder: string, names: string) =>
    Promise.all(
      [...names].map(async (name) => {
        // The number of a file that is gone may be another's.
        const { ino, birthtimeNs } = await lstat(join(folder, name), { bigint: true });
        return `${ino} ${birthtimeNs}`;
      }),
    );

  it('keeps the files that are as they should be', async () => {
    const tree = await temporaryTree({ a: '1', b: '2', c: '3', d: linkTo('a'), e: linkTo('b') });
    const folder = await temporaryFolder();
    const part = await stageAgain(tree, folder);
    const before = await look(folder, 'abcde');
    await writeFile(join(tree, 'b'), 'x');
    await utimes(join(tree, 'c'), 5, 5);
    await rm(join(tree, 'e'));
    await symlink('c', join(tree, 'e'));
    await stageAgain(tree, folder, part);
    const after = await look(folder, 'abcde');
    expect(after.map((inode, index) => inode === before[index])).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
    expect((await timeOf(join(folder, 'c'))) / 1_000_000_000n).toBe(5n);
    expect(await readTree(folder)).toEqual(await readTree(tree));
  });

  it.each([true, false])('mends what was touched meanwhile (sure: %s)', async (sure) => {
    const tree = await temporaryTree({ a: '1', b: '2', c: '3', 'd/e': '', f: '6', g: linkTo('a') });
    const folder = await temporaryFolder();
    const part = await stageAgain(tree, folder);
    const { atime, mtime } = await lstat(join(folder, 'a'));
    await writeFile(join(folder, 'a'), 'x');
    await utimes(join(folder, 'a'), atime, mtime);
    await chmod(join(folder, 'b'), 0o600);
    await rm(join(folder, 'c'));
    await mkdir(join(folder, 'c'));
    await rm(join(folder, 'd'), { recursive: true });
    await symlink('a', join(folder, 'd'));
    await rm(join(folder, 'f'));
    await symlink('a', join(folder, 'f'));
    await rm(join(folder, 'g'));
    await writeFile(join(folder, 'g'), '1');
    expect(await stageAgain(tree, folder, part, sure)).toEqual(
      new Map([...part].map(([path, file]) => [path, { ...file, signature: expect.any(String) }])),
    );
    expect(await readTree(folder)).toEqual(await readTree(tree));
    expect(await modeOf(join(folder, 'b'))).toBe(0o644);
  });

  it('needs no files of the user that it has already', async () => {
    const tree = await temporaryTree({ a: '1' });
    const folder = await temporaryFolder();
    const part = await stageAgain(tree, folder);
    const request = await requestFor(tree, folder);
    await writeFile(join(tree, 'a'), '2');
    expect(await stageFiles({ ...request, before: part })).toEqual({ ok: true, part });
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('1');
  });
});

describe('a file that is not the one that was selected', () => {
  it.each<readonly [string, string, (path: string) => Promise<unknown>]>([
    ['is gone', 'a was removed', (path) => rm(path)],
    ['was written to', 'a was changed', (path) => writeFile(path, 'longer')],
    ['was written to without another size', 'a was changed', (path) => writeFile(path, 'b')],
    ['was replaced', 'a was changed', (path) => rename(`${path}2`, path)],
    ['has another mode', 'a was changed', (path) => chmod(path, 0o755)],
    ['is a link', 'a was changed', (path) => rm(path).then(() => symlink('a2', path))],
    ['is a folder', 'a was changed', (path) => rm(path).then(() => mkdir(path))],
  ])('%s', async (_, message, change) => {
    for (const mode of [0o644, 0o600]) {
      const directory = await temporaryTree({ a: fileOf('a', mode), a2: fileOf('c', mode) });
      const request = await requestFor(directory, await temporaryFolder());
      await change(join(directory, 'a'));
      const files = request.files.filter(({ path }) => path === 'a');
      const staging = await stageFiles({ ...request, files });
      expect(staging).toEqual({ ok: false, code: 'inputs-changed', message });
    }
  });

  it('is told by its name', async () => {
    const directory = await temporaryTree({ 'd/new\nline': '' });
    const request = await requestFor(directory, await temporaryFolder());
    await writeFile(join(directory, 'd/new\nline'), 'x');
    const staging = await stageFiles(request);
    expect(staging).toEqual({
      ok: false,
      code: 'inputs-changed',
      message: 'd/new\\u{a}line was changed',
    });
  });
});

describe('names that are one on the file system of the cache folder', () => {
  // Such file systems can be mounted hardly anywhere; what comes second finds its name taken, as it does here.
  it.each(['a', 'l'])('fail, and none takes the place of another: %s', async (name) => {
    const directory = await temporaryTree({ a: 'text', l: linkTo('a') });
    const folder = await temporaryFolder();
    const request = await requestFor(directory, folder);
    const files = request.files.filter(({ path }) => path === name);
    const staging = await stageFiles({ ...request, files: [...files, ...files] });
    expect(staging).toEqual({
      ok: false,
      code: 'staging-failed',
      message: `the file system of the cache folder takes ${name} for the name of another file: names that differ only by case, or by how an accent is written, are one there`,
    });
    expect(await readdir(folder)).toEqual([name]);
  });
});

describe('hard links', () => {
  it('are files of their own once they are laid out', async () => {
    const directory = await temporaryTree({ a: 'text' });
    await link(join(directory, 'a'), join(directory, 'b'));
    const context = await stage(directory);
    expect(await inodeOf(join(context, 'a'))).not.toBe(await inodeOf(join(context, 'b')));
    expect(await readTree(context)).toEqual(await readTree(directory));
    expect((await lstat(join(directory, 'a'))).nlink).toBe(2);
  });
});

describe('a folder that cannot be made', () => {
  it('is a failure that says why', async () => {
    const directory = await temporaryTree({ a: '' });
    const staging = await stageFiles(await requestFor(directory, join(directory, 'a', 'b')));
    expect(staging).toMatchObject({ ok: false, code: 'staging-failed' });
  });
});
