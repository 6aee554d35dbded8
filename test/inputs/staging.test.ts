import { existsSync } from 'node:fs';
import {
  chmod,
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
import { selectFiles } from '../../src/inputs/select.ts';
import { stageFiles } from '../../src/inputs/staging.ts';
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

async function stage(directory: string, folder?: string) {
  const files = await select(directory);
  const staging = await stageFiles({
    folder: folder ?? (await temporaryFolder()),
    directory,
    files,
  });
  if (!staging.ok) throw new Error(staging.message);
  return staging.context;
}

const modeOf = async (path: string) => (await lstat(path)).mode & 0o7777;
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

  it('is made of hard links where the mode is as it should be, else of copies', async () => {
    const modes = { a: 0o644, b: 0o755, c: 0o664, d: 0o700, e: 0o444, f: 0o4755, g: 0o000 };
    const files = Object.entries(modes).map(([name, mode]) => [name, fileOf(name, mode)]);
    const tree = await temporaryTree(Object.fromEntries(files));
    const context = await stage(tree);
    for (const [name, mode] of Object.entries(modes)) {
      const linked = (await inodeOf(join(context, name))) === (await inodeOf(join(tree, name)));
      expect([name, linked]).toEqual([name, mode === 0o644 || mode === 0o755]);
      expect(await modeOf(join(context, name))).toBe(mode & 0o100 ? 0o755 : 0o644);
      expect(await readFile(join(context, name), 'utf8')).toBe(name);
      expect(await modeOf(join(tree, name))).toBe(mode);
    }
  });

  it('is made of copies where it is on another device', async () => {
    const tree = await temporaryTree({ 'a/b': 'one', c: fileOf('two', 0o755), d: linkTo('c') });
    // Another device where there is one; elsewhere the same is shown with links.
    const elsewhere = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
    const folder = await mkdtemp(join(elsewhere, 'docker-ensure-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const context = await stage(tree, folder);
    expect(await readTree(context)).toEqual(await readTree(tree));
  });

  it('has copies of the same age, for BuildKit to know them again', async () => {
    const tree = await temporaryTree({ a: fileOf('', 0o600) });
    await utimes(join(tree, 'a'), 1_000_000, 1_234_567);
    const { mtimeMs } = await lstat(join(await stage(tree), 'a'));
    expect(mtimeMs).toBe(1_234_567_000);
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
    const modes = ['', 'a', 'a/b', 'a/c', 'd'].map((path) => modeOf(join(folder, 'context', path)));
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
          const { mode, mtimeMs, size, ino } = await lstat(join(tree, path));
          return { mode, mtimeMs, size, ino };
        }),
      );
    const before = await look();
    const folder = await temporaryFolder();
    await stage(tree, folder);
    await rm(folder, { recursive: true });
    expect(await look()).toEqual(before);
  });
});

describe('a file that is not the one that was selected', () => {
  it.each<readonly [string, string, (path: string) => Promise<unknown>]>([
    ['is gone', 'a was removed', (path) => rm(path)],
    ['was written to', 'a was changed', (path) => writeFile(path, 'longer')],
    ['was replaced', 'a was changed', (path) => rename(`${path}2`, path)],
    ['has another mode', 'a was changed', (path) => chmod(path, 0o755)],
    ['is a link', 'a was changed', (path) => rm(path).then(() => symlink('a2', path))],
    ['is a folder', 'a was changed', (path) => rm(path).then(() => mkdir(path))],
  ])('%s', async (_, message, change) => {
    for (const mode of [0o644, 0o600]) {
      const directory = await temporaryTree({ a: fileOf('a', mode), a2: fileOf('a', mode) });
      const files = (await select(directory)).filter(({ path }) => path === 'a');
      await change(join(directory, 'a'));
      const folder = await temporaryFolder();
      const staging = await stageFiles({ folder, directory, files });
      expect(staging).toEqual({ ok: false, code: 'inputs-changed', message });
    }
  });

  it('is told by its name', async () => {
    const directory = await temporaryTree({ 'd/new\nline': '' });
    const files = await select(directory);
    await writeFile(join(directory, 'd/new\nline'), 'x');
    const staging = await stageFiles({ folder: await temporaryFolder(), directory, files });
    expect(staging).toEqual({
      ok: false,
      code: 'inputs-changed',
      message: 'd/new\\u{a}line was changed',
    });
  });
});

describe('a folder that cannot be made', () => {
  it('is a failure that says why', async () => {
    const directory = await temporaryTree({ a: '' });
    const files = await select(directory);
    const staging = await stageFiles({ folder: join(directory, 'a'), directory, files });
    expect(staging).toMatchObject({ ok: false, code: 'staging-failed' });
  });
});
