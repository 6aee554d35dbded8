import type { FileFilter } from '../../src/files/file-filter.ts';

/** The files that a filter takes of a tree that has these, in their order. */
export function sift(root: FileFilter, files: readonly string[]): string[] {
  return files.filter((file) => {
    let filter: FileFilter | null = root;
    for (const folder of above(file)) filter = filter?.within(folder) ?? null;
    return filter?.takes(file) ?? false;
  });
}

/** The folders that must be opened for it, but for the root. */
export function opened(root: FileFilter, files: readonly string[]): string[] {
  const open = new Set<string>();
  for (const file of files) {
    let filter: FileFilter | null = root;
    for (const folder of above(file)) {
      filter = filter?.within(folder) ?? null;
      if (filter) open.add(folder);
    }
  }
  return [...open].sort();
}

function above(file: string): string[] {
  const parts = file.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
