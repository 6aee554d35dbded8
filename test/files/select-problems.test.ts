import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashFiles } from '../../src/files/file-list.ts';
import type { SelectionPolicy } from '../../src/model/manifest.ts';
import { formatPlace } from '../../src/model/source.ts';
import { asNobody } from '../rig/as-nobody.ts';
import {
  emptyFolder,
  fileOf,
  linkTo,
  makeFifo,
  temporaryFolder,
  temporaryTree,
} from '../rig/temporary-tree.ts';
import { all, docker, patterns, select } from './selecting.ts';

describe('patterns that find nothing', () => {
  const code = async (directory: string, policy: SelectionPolicy) => {
    const { diagnostics } = await select(directory, policy);
    return diagnostics.map((each) => `${each.severity} ${each.code}: ${each.message}`);
  };

  it('are errors if they name a path, warnings if they are globs', async () => {
    const tree = await temporaryTree({ a: '', 'd/b': '' });
    const policy = patterns(['a', 'nope', '*.py', 'd/*', 'd/nope', 'a/b']);
    expect(await code(tree, policy)).toEqual([
      'error missing-file: nope does not exist',
      'error missing-file: d/nope does not exist',
      'error missing-file: a/b does not exist',
    ]);
    expect(await code(tree, patterns(['a', '*.py', 'd/*']))).toEqual([
      'warning unmatched-pattern: *.py matches nothing',
    ]);
  });

  it('are shown in their places', async () => {
    const tree = await temporaryTree({ a: '' });
    const { diagnostics } = await select(tree, patterns(['a', 'nope', '../x']));
    expect(diagnostics).toMatchObject([
      { code: 'missing-file', image: 'app' },
      { code: 'outside-directory', image: 'app' },
    ]);
    expect(diagnostics.map(({ place }) => place && formatPlace(place))).toEqual([
      'ensure.yaml:2:1',
      'ensure.yaml:3:1',
    ]);
  });

  it('may be there to take away', async () => {
    const tree = await temporaryTree({ a: '' });
    expect(await code(tree, patterns(['a', '!nope', '!*.py'], ['nope', '*.py', '!x']))).toEqual([]);
  });

  it('lie beyond a link, which is not followed', async () => {
    const tree = await temporaryTree({ 'd/a': '', link: linkTo('d') });
    expect(await code(tree, patterns(['link/a']))).toEqual([
      'error missing-file: link/a lies beyond the symbolic link link',
    ]);
  });

  it('may be an empty folder', async () => {
    const tree = await temporaryTree({ a: emptyFolder });
    expect(await code(tree, patterns(['a', 'a*']))).toEqual([]);
  });
});

describe('what cannot be hashed', () => {
  it('is left out with a warning if it is no file, and an error if it is named', async () => {
    const tree = await temporaryTree({ a: '' });
    makeFifo(join(tree, 'fifo'));
    const server = createServer().listen(join(tree, 'socket'));
    try {
      const { paths, diagnostics } = await select(tree, all);
      expect(paths).toEqual(['f a']);
      expect(diagnostics.map(({ message }) => message)).toEqual([
        'fifo is a socket, a fifo or a device: it is left out',
        'socket is a socket, a fifo or a device: it is left out',
      ]);
      expect((await select(tree, patterns(['fifo', 'a']))).diagnostics).toMatchObject([
        { severity: 'error', code: 'special-file' },
      ]);
      expect((await select(tree, patterns(['a*', 'f*']))).diagnostics).toMatchObject([
        { severity: 'warning', code: 'special-file' },
      ]);
    } finally {
      server.close();
    }
  });

  it('is an error if its name is not UTF-8, unless it is left out', async () => {
    const tree = await temporaryFolder();
    const name = Buffer.concat([Buffer.from(`${tree}/caf`), Buffer.from([0xe9])]);
    await writeFile(name, '');
    expect((await select(tree, all)).diagnostics).toMatchObject([
      {
        severity: 'error',
        code: 'name-not-utf8',
        message: 'the file name caf\\xe9 is not valid UTF-8',
      },
    ]);
    expect((await select(tree, patterns(null, ['caf*']))).diagnostics).toEqual([]);
    await writeFile(join(tree, '.dockerignore'), 'caf?');
    expect((await select(tree, docker)).diagnostics).toEqual([]);
  });

  it('is an error within a folder whose name is not UTF-8, but not if that has no file', async () => {
    const tree = await temporaryFolder();
    const folder = Buffer.concat([Buffer.from(`${tree}/d`), Buffer.from([0xff])]);
    await mkdir(folder);
    expect((await select(tree, all)).diagnostics).toEqual([]);
    await writeFile(Buffer.concat([folder, Buffer.from('/a.py')]), '');
    expect((await select(tree, patterns(['**/*.md']))).diagnostics).toMatchObject([
      { code: 'unmatched-pattern' },
    ]);
    expect((await select(tree, all)).diagnostics).toMatchObject([
      { code: 'name-not-utf8', message: 'the file name d\\xff/a.py is not valid UTF-8' },
    ]);
  });

  it('is an error if a link points to what is not UTF-8', async () => {
    const tree = await temporaryFolder();
    await symlink(Buffer.from([0x61, 0xff]), join(tree, 'link'));
    expect((await select(tree, all)).diagnostics).toMatchObject([
      { severity: 'error', code: 'name-not-utf8' },
    ]);
  });
});

describe('.git', () => {
  it.each(['.git/HEAD', '.git', 'sub/.git'])('%s among the files is a warning', async (path) => {
    const tree = await temporaryTree({ [path]: '', a: '' });
    expect((await select(tree, all)).diagnostics).toMatchObject([
      { severity: 'warning', code: 'git-in-files', image: 'app' },
    ]);
    expect((await select(tree, patterns(null, ['**/.git']))).diagnostics).toEqual([]);
  });

  it('of a submodule is a file, with advice for its place', async () => {
    const tree = await temporaryTree({ 'vendor/lib/.git': 'gitdir: ../../.git/modules/lib' });
    expect((await select(tree, all)).diagnostics).toMatchObject([
      {
        message:
          'the build sees vendor/lib/.git, a file of a submodule or worktree that says where its repository is: that differs between checkouts, and makes other images',
        advice: 'Add `vendor/lib/.git` to `all_but`: with these `files` no ignore file is read.',
      },
    ]);
    expect((await select(tree, docker)).diagnostics).toMatchObject([
      { advice: 'Add `**/.git` to the ignore file, or `vendor/lib/.git` to `all_but`.' },
    ]);
  });

  it.each(['.gitignore', 'a.git/b', '.github/x'])('%s is not', async (path) => {
    const tree = await temporaryTree({ [path]: '' });
    expect((await select(tree, all)).diagnostics).toEqual([]);
  });
});

describe('what may not be read', () => {
  const unreadable = async () => {
    const tree = await temporaryTree({ 'secret/a': '', 'open/b': '', 'open/c': fileOf('', 0o000) });
    await chmod(join(tree, 'secret'), 0o000);
    await chmod(tree, 0o755);
    return tree;
  };

  const selectAsNobody = (directory: string, policy: SelectionPolicy) =>
    asNobody(async () => {
      const { paths, files, diagnostics } = await select(directory, policy);
      const hashing = await hashFiles(directory, files, 'app');
      const problems = [...diagnostics, ...hashing.diagnostics];
      return { paths, problems: problems.map(({ code, message }) => `${code}: ${message}`) };
    });

  it('costs nothing where it is ignored', async () => {
    const tree = await unreadable();
    await writeFile(join(tree, '.dockerignore'), 'secret\n!other/a\nopen/c\n.*');
    const expected = { paths: ['f open/b'], problems: [] };
    expect(await selectAsNobody(tree, docker)).toEqual(expected);
    expect(await selectAsNobody(tree, patterns(['open/b']))).toEqual(expected);
    expect(await selectAsNobody(tree, patterns(['**/[bc]', '!secret', '!open/c']))).toEqual(
      expected,
    );
    expect(await selectAsNobody(tree, patterns(null, ['secret', 'open/c', '.*']))).toEqual(
      expected,
    );
  });

  it.each<readonly [string, SelectionPolicy, string]>([
    ['an ignore file', docker, 'secret\n!secret/a'],
    ['an ignore file, anywhere', docker, 'secret\n!**/a'],
    ['patterns', patterns(['!secret', '**/a']), ''],
    ['patterns', patterns(null, ['secret', '!secret/a']), ''],
  ])('is an error where %s takes back what may be in it', async (_, policy, ignoreFile) => {
    const tree = await temporaryTree({ 'secret/a': '', '.dockerignore': ignoreFile });
    await chmod(join(tree, 'secret'), 0o000);
    await chmod(tree, 0o755);
    const { problems } = await selectAsNobody(tree, policy);
    expect(problems).toContainEqual(
      expect.stringMatching(/^unreadable-file: secret cannot be read: EACCES/),
    );
  });

  it('is an error if it is the ignore file', async () => {
    const tree = await temporaryTree({ '.dockerignore': fileOf('', 0o000), a: '' });
    await chmod(tree, 0o755);
    const { problems } = await selectAsNobody(tree, docker);
    expect(problems).toEqual([
      expect.stringMatching(/^unreadable-file: .*\/\.dockerignore cannot be read: EACCES/),
    ]);
  });

  it('is an error if the ignore file is a pipe, which may never end', async () => {
    const tree = await temporaryTree({ a: '' });
    makeFifo(join(tree, '.dockerignore'));
    expect((await select(tree, docker)).diagnostics).toMatchObject([
      {
        severity: 'error',
        code: 'unreadable-file',
        message: `${join(tree, '.dockerignore')} cannot be read: it is no regular file`,
      },
    ]);
  });

  it('is an error that names it where it is not', async () => {
    const tree = await unreadable();
    const { problems } = await selectAsNobody(tree, all);
    expect(problems).toEqual([
      expect.stringMatching(/^unreadable-file: secret cannot be read: EACCES/),
      expect.stringMatching(/^unreadable-file: open\/c cannot be read: EACCES/),
    ]);
    const named = await selectAsNobody(tree, patterns(['secret/a']));
    expect(named.problems).toEqual([
      expect.stringMatching(/^unreadable-file: secret\/a cannot be read: EACCES/),
    ]);
  });
});
