import type { Sieve } from '../../src/inputs/sieve.ts';

/** The files that a sieve takes of a tree that has these, in their order. */
export function sift(root: Sieve, files: readonly string[]): string[] {
  return files.filter((file) => {
    let sieve: Sieve | null = root;
    for (const folder of above(file)) sieve = sieve?.within(folder) ?? null;
    return sieve?.takes(file) ?? false;
  });
}

/** The folders that must be opened for it, but for the root. */
export function opened(root: Sieve, files: readonly string[]): string[] {
  const open = new Set<string>();
  for (const file of files) {
    let sieve: Sieve | null = root;
    for (const folder of above(file)) {
      sieve = sieve?.within(folder) ?? null;
      if (sieve) open.add(folder);
    }
  }
  return [...open].sort();
}

function above(file: string): string[] {
  const parts = file.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
