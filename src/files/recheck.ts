import type { SelectedFile } from '../model/file-list.ts';
import { displayPath } from './file-name.ts';
import { sameIdentity } from './selected-file.ts';

/**
 * How the files of a build differ from what they were: the first path, in the order of their names,
 * that changed, came or went. Null where they are the same. Pure.
 *
 * A file that was written to counts as changed even if it has its old content again: what the build
 * read in between is not known.
 */
export function firstMoved(
  before: readonly SelectedFile[],
  after: readonly SelectedFile[],
): string | null {
  const was = new Map(before.map((file) => [file.path, file]));
  const is = new Map(after.map((file) => [file.path, file]));
  for (const path of [...new Set([...was.keys(), ...is.keys()])].sort()) {
    const how = differ(was.get(path), is.get(path));
    if (how !== null) return `${displayPath(path)} ${how}`;
  }
  return null;
}

const KINDS = { f: 'a file', x: 'an executable file', l: 'a symbolic link' } as const;

function differ(was: SelectedFile | undefined, is: SelectedFile | undefined): string | null {
  if (was === undefined) return is === undefined ? null : 'was added';
  if (is === undefined) return 'was removed';
  if (was.kind !== is.kind) return `was ${KINDS[was.kind]} and is now ${KINDS[is.kind]}`;
  if (was.kind === 'l' && is.kind === 'l' && was.target !== is.target) return 'was changed';
  return sameIdentity(was.identity, is.identity) ? null : 'was changed';
}
