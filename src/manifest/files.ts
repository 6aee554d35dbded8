import { readFileSync, realpathSync, statSync } from 'node:fs';
import { devNull } from 'node:os';

/** What is at a path. */
export type FileContent =
  | { readonly is: 'file'; readonly bytes: Uint8Array }
  | { readonly is: 'missing' | 'folder' | 'special' | 'too-large' }
  /** `why` in the system's words. */
  | { readonly is: 'unreadable'; readonly why: string };

/** Nothing that is read here comes near it. */
export const MAX_MEGABYTES = 1;

/** What is written by the name of the null device, where a file is asked for and none is meant. */
const EMPTY: FileContent = { is: 'file', bytes: new Uint8Array() };

/** Reads a regular file, or the null device; links are followed. Whatever is wrong with it is part of the answer. */
export function readFileAt(path: string): FileContent {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return { is: 'missing' };
    if (stats.isDirectory()) return { is: 'folder' };
    // A pipe or a device may never end.
    if (!stats.isFile()) return realpathSync(path) === devNull ? EMPTY : { is: 'special' };
    if (stats.size > MAX_MEGABYTES * 1024 * 1024) return { is: 'too-large' };
    return { is: 'file', bytes: readFileSync(path) };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return { is: 'missing' };
    return { is: 'unreadable', why: error.message };
  }
}
