import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Git, gitOutput } from '../model/git.ts';

/** What of git's own folders changes when git would say something else. */
interface WatchedOfGit {
  /** Folders in which new files count. */
  readonly roots: readonly string[];
  readonly files: readonly string[];
}

/**
 * Where to see that other files are tracked, that another commit or branch is checked out, and that there are other tags,
 * for the repositories that these folders are in. A folder in none adds nothing. Asks git where it keeps each of them: a
 * worktree and a submodule have theirs elsewhere.
 *
 * https://git-scm.com/docs/gitrepository-layout
 */
export async function watchedOfGit(git: Git, folders: Iterable<string>): Promise<WatchedOfGit> {
  const found = await Promise.all([...folders].map((folder) => watchedOf(git, folder)));
  const each = (pick: (watched: WatchedOfGit) => readonly string[]) => [
    ...new Set(found.flatMap(pick)),
  ];
  return { roots: each(({ roots }) => roots), files: each(({ files }) => files) };
}

async function watchedOf(git: Git, folder: string): Promise<WatchedOfGit> {
  const branch = gitOutput(await git(folder, ['symbolic-ref', '--quiet', 'HEAD']));
  const names = [...NAMES, ...(branch === null ? [] : [branch]), 'refs/tags'];
  const asked = names.flatMap((name) => ['--git-path', name]);
  const paths = gitOutput(await git(folder, ['rev-parse', ...asked]));
  const places = (paths ?? '').split('\n').flatMap((path) => {
    const place = resolve(folder, path);
    return path !== '' && existsSync(dirname(place)) ? place : [];
  });
  const tags = places.filter((place) => place.endsWith('/refs/tags') && existsSync(place));
  const known = await Promise.all(tags.map(filesIn));
  return {
    roots: tags,
    files: [...places.filter((place) => !tags.includes(place)), ...known.flat()],
  };
}

/**
 * A commit need not touch `HEAD` and `index`, and the branch's own file may be in a folder that is not there yet: the log of
 * `HEAD` is. Newer repositories may keep all references in tables.
 */
const NAMES = ['HEAD', 'logs/HEAD', 'index', 'packed-refs', 'reftable/tables.list'] as const;

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => (entry.isFile() ? join(entry.parentPath, entry.name) : []));
}
