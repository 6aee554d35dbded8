import { lstatSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { decode } from '../files/file-name.ts';
import { type Git, gitOutput, gitTrouble } from '../model/git.ts';
import type { TrackedFiles } from '../model/tracked.ts';

/** Why it is not known what git tracks. */
interface Untold {
  readonly message: string;
  readonly advice: string;
}

/** What git tracks of a folder. */
export type Tracking = (directory: string) => Promise<TrackedFiles | Untold>;

/** The tracked files of a repository, its submodules' among them: paths from its root. */
interface Repository {
  readonly root: string;
  readonly files: Promise<TrackedFiles | Untold>;
}

/**
 * Asks git what it tracks: what is in the index, committed or not, of the repository that a folder is in and of
 * its submodules. Each repository is asked once. Nothing is asked before the first folder.
 */
export function createTracking(git: Git): Tracking {
  const known: Repository[] = [];
  const repositoryOf = async (folder: string): Promise<Repository | Untold> => {
    const root = rootAbove(folder);
    const found = known.find((repository) => repository.root === root);
    if (found !== undefined) return found;
    const ended = await git(folder, ['rev-parse', '--show-toplevel']);
    const top = gitOutput(ended);
    if (top === null || top === '') return gitTrouble(ended, folder);
    const again = known.find((repository) => repository.root === top);
    if (again !== undefined) return again;
    const repository = { root: top, files: listRepository(git, top) };
    known.push(repository);
    return repository;
  };
  return async (directory) => {
    const folder = await realpath(directory).catch(() => null);
    // Whoever selects its files says so.
    if (folder === null) return NOTHING;
    const repository = await repositoryOf(folder);
    if ('message' in repository) return repository;
    const files = await repository.files;
    if ('message' in files) return files;
    return beneath(relative(repository.root, folder).split(sep).join('/'), files);
  };
}

const NOTHING: TrackedFiles = { paths: new Set(), absent: [] };

/** The nearest folder above with a `.git`, which is how a repository begins; null for none. */
function rootAbove(folder: string): string | null {
  if (lstatSync(join(folder, '.git'), { throwIfNoEntry: false }) !== undefined) return folder;
  const above = dirname(folder);
  return above === folder ? null : rootAbove(above);
}

/** `H 100644 <object> <stage>\t<path>`; `S`: a sparse checkout leaves it out. */
const ENTRY = /^(\S) (\d{6}) \S+ \d\t([\s\S]*)$/;

const SUBMODULE = '160000';

async function listRepository(git: Git, root: string): Promise<TrackedFiles | Untold> {
  const ended = await git(root, ['ls-files', '-t', '--stage', '-z']);
  if (ended.is === 'missing' || ended.exitCode !== 0) return gitTrouble(ended, root);
  const paths = new Set<string>();
  const absent: TrackedFiles['absent'][number][] = [];
  for (const bytes of entriesIn(ended.stdout)) {
    const [, tag = '', mode = '', path = ''] = ENTRY.exec(decode(bytes)) ?? [];
    const place = join(root, path);
    if (mode === SUBMODULE) {
      if (lstatSync(join(place, '.git'), { throwIfNoEntry: false }) === undefined) {
        absent.push({ path, is: 'submodule' });
        continue;
      }
      const own = await listRepository(git, place);
      if ('message' in own) return own;
      for (const each of own.paths) paths.add(`${path}/${each}`);
      absent.push(...own.absent.map((each) => ({ ...each, path: `${path}/${each.path}` })));
    } else if (tag === 'S' && lstatSync(place, { throwIfNoEntry: false }) === undefined) {
      absent.push({ path, is: 'file' });
    } else paths.add(path);
  }
  return { paths, absent };
}

/** What stands between NULs. */
function entriesIn(output: Uint8Array): Buffer[] {
  const bytes = Buffer.from(output);
  const entries: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0, start);
    entries.push(bytes.subarray(start, end < 0 ? bytes.length : end));
    start = (end < 0 ? bytes.length : end) + 1;
  }
  return entries;
}

/** The files of a folder, by their paths from there. */
function beneath(folder: string, { paths, absent }: TrackedFiles): TrackedFiles {
  if (folder === '') return { paths, absent };
  const prefix = `${folder}/`;
  const within = (path: string) => (path.startsWith(prefix) ? [path.slice(prefix.length)] : []);
  return {
    paths: new Set([...paths].flatMap(within)),
    absent: absent.flatMap((each) => within(each.path).map((path) => ({ ...each, path }))),
  };
}
