import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Identity } from '../model/file-list.ts';
import type { FileFilter } from './file-filter.ts';

/** What docker-ensure itself reads or writes: none of it is an input unless the manifest asks for it. Absolute paths. */
export interface OwnFiles {
  /** The manifest and the env files. */
  readonly files: readonly string[];
  /** Folders that runs write to. */
  readonly folders: readonly string[];
  /** How the paths of folders begin that runs make under names of their own. */
  readonly beginnings: readonly string[];
  /** The files that stdout and stderr of this run go to, whatever their names. */
  readonly outputs: readonly FileId[];
}

/** What a file is known by where it has no name: an open one, or one of several names. */
export type FileId = Pick<Identity, 'dev' | 'ino'>;

export const NO_OWN_FILES: OwnFiles = { files: [], folders: [], beginnings: [], outputs: [] };

/** Own files, as far as they lie in one build directory. */
export interface OwnFilter {
  readonly filter: FileFilter;
  /** Files that were met and left out, in no order: what a folder holds is not looked at. */
  readonly leftOut: ReadonlySet<string>;
}

/**
 * Leaves out what is docker-ensure's own, or only its folders: those change while it runs. Null where
 * nothing of that can be in the directory.
 */
export function ownFilter(
  own: OwnFiles,
  directory: string,
  what: 'all' | 'folders',
): OwnFilter | null {
  const root = realPath(directory);
  const places = placesOf(own);
  const within = (paths: readonly string[]) =>
    paths.flatMap((path) => relativeTo(root, path) ?? []);
  const files = new Set(what === 'all' ? within(places.files) : []);
  const folders = new Set(within(places.folders));
  const beginnings = within(places.beginnings);
  if (files.size + folders.size + beginnings.length === 0) return null;
  const leftOut = new Set<string>();
  const begins = (path: string) =>
    beginnings.some(
      (beginning) => path.startsWith(beginning) && !path.includes('/', beginning.length),
    );
  const filter: FileFilter = {
    takes(path) {
      if (files.has(path)) leftOut.add(path);
      return !files.has(path);
    },
    within: (path) => (folders.has(path) || begins(path) ? null : filter),
  };
  return { filter, leftOut };
}

type Places = Pick<OwnFiles, 'files' | 'folders' | 'beginnings'>;

/** Kept for as long as the own files are: a manifest has many build directories. */
const knownPlaces = new WeakMap<OwnFiles, Places>();

/** The paths with links resolved: in the folder above, and of what is there itself. */
function placesOf(own: OwnFiles): Places {
  const known = knownPlaces.get(own);
  if (known !== undefined) return known;
  const named = (path: string) => join(realPath(dirname(path)), basename(path));
  const both = (path: string) => [...new Set([named(path), realPath(path)])];
  const places = {
    files: own.files.flatMap(both),
    folders: own.folders.flatMap(both),
    beginnings: own.beginnings.map(named),
  };
  knownPlaces.set(own, places);
  return places;
}

/** As the file list would have it; null for what is not beneath the root. */
function relativeTo(root: string, path: string): string | null {
  const way = relative(root, path).split(sep).join('/');
  return way === '' || way === '..' || way.startsWith('../') ? null : way;
}

/** With links resolved, as far as there is something. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realPath(dirname(path)), basename(path));
  }
}
