import { realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { watchedOfGit } from '../../src/cli/watch-git.ts';
import { createGit } from '../../src/git/git.ts';
import { commitAll, git } from '../rig/seen-tree.ts';
import { temporaryFolder, temporaryTree } from '../rig/temporary-tree.ts';

/** What is watched for folders of a tree, relative to it. */
async function watched(root: string, ...folders: string[]) {
  const { env } = process;
  const ask = createGit({ env, signal: new AbortController().signal, onCall: () => undefined });
  const { roots, files } = await watchedOfGit(
    ask,
    folders.map((folder) => join(root, folder)),
  );
  const within = (paths: readonly string[]) => paths.map((path) => relative(root, path)).sort();
  return { roots: within(roots), files: within(files) };
}

it('knows where git keeps what it says: here, in a folder of the tree, in a worktree and a submodule', async () => {
  const root = await realpath(await temporaryTree({ 'main/sub/file': '', 'other/file': '' }));
  const [main, other] = [join(root, 'main'), join(root, 'other')];
  await commitAll(other);
  await commitAll(main);
  await git(main, 'checkout', '-q', '-b', 'deep/branch');
  await git(main, 'tag', 'release/v1');
  const common = ['HEAD', 'index', 'logs/HEAD', 'packed-refs'];
  const at = (folder: string, names: readonly string[]) => names.map((name) => `${folder}/${name}`);
  const here = {
    roots: ['main/.git/refs/tags'],
    files: at('main/.git', [...common, 'refs/heads/deep/branch', 'refs/tags/release/v1']),
  };
  expect(await watched(root, 'main')).toEqual(here);
  expect(await watched(root, 'main/sub', 'main')).toEqual(here);

  await git(main, 'worktree', 'add', '-q', '--detach', join(root, 'tree'));
  expect(await watched(root, 'tree')).toEqual({
    roots: here.roots,
    files: [
      ...at('main/.git', ['packed-refs', 'refs/tags/release/v1']),
      ...at('main/.git/worktrees/tree', ['HEAD', 'index', 'logs/HEAD']),
    ],
  });

  const file = ['-c', 'protocol.file.allow=always'];
  await git(main, ...file, 'submodule', '--quiet', 'add', other, 'module');
  const { files } = await watched(root, 'main/module');
  expect(files).toEqual(expect.arrayContaining(at('main/.git/modules/module', common)));
});

it('watches nothing of a folder that is in no repository', async () => {
  const root = await temporaryFolder();
  expect(await watched(root, '.')).toEqual({ roots: [], files: [] });
});
