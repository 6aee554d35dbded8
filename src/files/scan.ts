import { type Dirent, readdirSync } from 'node:fs';
import type { FileFilter } from './file-filter.ts';
import { decode } from './file-name.ts';
import { yielder } from './yielder.ts';

/** One entry of a tree that a filter takes; folders are none. */
export interface Found {
  /** Relative to the root of the tree, `/` between its parts; see `decode` for what is not UTF-8. */
  readonly path: string;
  readonly type: 'file' | 'link' | 'special';
}

export interface Scan {
  /** Sorted by path, by UTF-16 code unit. */
  readonly found: readonly Found[];
  /** Folders that had to be opened and could not be. */
  readonly unreadable: readonly Unreadable[];
}

export interface Unreadable {
  readonly path: string;
  readonly error: NodeJS.ErrnoException;
}

/**
 * Everything in the tree that the filter takes. Opens no folder beneath which it takes nothing. One that is ignored
 * itself, and has something beneath it taken back, must be opened, as docker does: else what is there would be
 * missing from the build and nobody told.
 */
export async function scan(root: string, filter: FileFilter): Promise<Scan> {
  const found: Found[] = [];
  const unreadable: Unreadable[] = [];
  const open: Folder[] = [{ place: root, path: '', filter }];
  const yieldNow = yielder();
  for (let folder = open.pop(); folder; folder = open.pop()) {
    const entries = list(folder);
    if ('error' in entries) unreadable.push(entries);
    else sift(folder, entries, found, open);
    await yieldNow();
  }
  return { found: found.sort(byPath), unreadable: unreadable.sort(byPath) };
}

interface Folder {
  /** Bytes where a name in it is no text. */
  readonly place: string | Buffer;
  readonly path: string;
  readonly filter: FileFilter;
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

function sift(
  { place, path, filter }: Folder,
  entries: readonly Entry[],
  found: Found[],
  open: Folder[],
): void {
  const prefix = path === '' ? '' : `${path}/`;
  const folders: Folder[] = [];
  for (const entry of entries) {
    const child = prefix + (typeof entry.name === 'string' ? entry.name : decode(entry.name));
    if (entry.isDirectory()) {
      const within = filter.within(child);
      if (within) folders.push({ place: join(place, entry.name), path: child, filter: within });
    } else if (filter.takes(child)) {
      found.push({ path: child, type: typeOf(entry) });
    }
  }
  // The first is opened next: what is nearly sorted is sorted fast.
  open.push(...folders.reverse());
}

function join(folder: string | Buffer, name: string | Buffer): string | Buffer {
  if (typeof folder === 'string' && typeof name === 'string') return `${folder}/${name}`;
  return Buffer.concat([Buffer.from(folder), Buffer.from('/'), Buffer.from(name)]);
}

function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  return one.path < other.path ? -1 : 1;
}

function typeOf(entry: Entry): Found['type'] {
  if (entry.isFile()) return 'file';
  return entry.isSymbolicLink() ? 'link' : 'special';
}
