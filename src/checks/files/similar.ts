import { nearest } from '../../model/nearest.ts';

/** A path among others that a missing one may have meant: misspelt, or in another folder. */
export function similarPath(path: string, paths: readonly string[]): string | null {
  const wanted = path.replace(/^(\.?\/)+|\/+$/g, '');
  const folder = wanted.slice(0, wanted.lastIndexOf('/') + 1);
  const siblings = new Set<string>();
  let elsewhere: string | null = null;
  for (const other of paths) {
    if (other.startsWith(folder)) siblings.add(folder + other.slice(folder.length).split('/')[0]);
    if (other.endsWith(`/${wanted}`)) elsewhere ??= other;
  }
  return elsewhere ?? (siblings.size <= MANY ? nearest(wanted, siblings) : null);
}

/** To compare with more would take long. */
const MANY = 2000;
