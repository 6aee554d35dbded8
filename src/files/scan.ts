import { type Dirent, readdirSync } from 'node:fs';
import type { FileFilter } from './file-filter.ts';
import { decode } from './file-name.ts';
import { memorySaver } from './memory.ts';
import { yielder } from './yielder.ts';

/** One entry of a tree that a filter takes; folders are none. */
export interface Found {
  /** Relative to the root of the tree, `/` between its parts; see `decode` for what is not UTF-8. */
  readonly path: string;
  readonly type: 'file' | 'link' | 'special';
}

/** A folder that had to be opened and could not be. */
export interface Unreadable {
  readonly path: string;
  readonly error: NodeJS.ErrnoException;
}

/**
 * Hands on everything in the tree that the filter takes, in the order of paths by UTF-16 code unit, and gives the
 * folders that cannot be read. Opens no folder beneath which it takes nothing. One that is ignored
 * itself, and has something beneath it taken back, must be opened, as docker does: else what is there would be
 * missing from the build and nobody told.
 */
export async function scan(
  root: string,
  filter: FileFilter,
  take: (found: Found) => void,
): Promise<readonly Unreadable[]> {
  const unreadable: Unreadable[] = [];
  const yieldNow = yielder();
  const saveMemory = memorySaver();
  const open: Opened[] = [];
  const enter = (folder: Folder) => {
    const entries = list(folder);
    if ('error' in entries) unreadable.push(entries);
    else open.push({ ...folder, children: childrenOf(folder, entries), next: 0 });
  };
  enter({ place: root, path: '', filter });
  for (let folder = open.at(-1); folder; folder = open.at(-1)) {
    const child = folder.children[folder.next++];
    if (child === undefined) open.pop();
    else if (child.isFolder) {
      const within = folder.filter.within(child.path);
      const place = join(folder.place, child.entry.name);
      if (within) enter({ place, path: child.path, filter: within });
    } else if (folder.filter.takes(child.path)) {
      take({ path: child.path, type: typeOf(child.entry) });
      saveMemory();
    }
    const pause = yieldNow();
    if (pause !== undefined) await pause;
  }
  return unreadable.sort((one, other) => (one.path < other.path ? -1 : 1));
}

interface Folder {
  /** Bytes where a name in it is no text. */
  readonly place: string | Buffer;
  readonly path: string;
  readonly filter: FileFilter;
}

/** A folder of which some children are done. */
interface Opened extends Folder {
  readonly children: readonly Child[];
  next: number;
}

interface Child {
  readonly entry: Entry;
  readonly path: string;
  readonly isFolder: boolean;
}

type Entry = Dirent<string> | Dirent<Buffer>;

function list({ place, path }: Folder): Entry[] | Unreadable {
  try {
    const entries = readdirSync(place, { withFileTypes: true });
    // Bytes that are no UTF-8 come as this character; it takes longer to have all names as bytes.
    if (entries.every(({ name }) => !name.includes('\uFFFD'))) return entries;
    return readdirSync(place, { withFileTypes: true, encoding: 'buffer' });
  } catch (reason) {
    return { path, error: reason as NodeJS.ErrnoException };
  }
}

/** Sorted so that a folder stands where the paths beneath it do. */
function childrenOf({ path }: Folder, entries: readonly Entry[]): Child[] {
  const prefix = path === '' ? '' : `${path}/`;
  const children = entries.map((entry): Child => {
    const name = typeof entry.name === 'string' ? entry.name : decode(entry.name);
    return { entry, path: prefix + name, isFolder: entry.isDirectory() };
  });
  const keyOf = (child: Child) => (child.isFolder ? `${child.path}/` : child.path);
  return children.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

function join(folder: string | Buffer, name: string | Buffer): string | Buffer {
  if (typeof folder === 'string' && typeof name === 'string') return `${folder}/${name}`;
  return Buffer.concat([Buffer.from(folder), Buffer.from('/'), Buffer.from(name)]);
}

function typeOf(entry: Entry): Found['type'] {
  if (entry.isFile()) return 'file';
  return entry.isSymbolicLink() ? 'link' : 'special';
}
