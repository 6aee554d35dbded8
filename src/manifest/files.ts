import { readFile, stat } from 'node:fs/promises';

/** What is at a path. `unreadable` says why, in the system's words. */
export type FileContent =
  | { readonly is: 'file'; readonly bytes: Uint8Array }
  | { readonly is: 'missing' | 'folder' | 'other' }
  | { readonly is: 'unreadable'; readonly why: string };

/** Reads a file; links are followed. Whatever is wrong with it is part of the answer. */
export async function readFileAt(path: string): Promise<FileContent> {
  try {
    const { is } = await fileKind(path);
    return is === 'file' ? { is, bytes: await readFile(path) } : { is };
  } catch (error) {
    return { is: 'unreadable', why: error instanceof Error ? error.message : String(error) };
  }
}

/** Says what is at a path without reading it. Throws where even that cannot be had. */
export async function fileKind(
  path: string,
): Promise<{ is: 'file' | 'folder' | 'other' | 'missing' }> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return { is: 'folder' };
    return { is: stats.isFile() ? 'file' : 'other' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { is: 'missing' };
    throw error;
  }
}
