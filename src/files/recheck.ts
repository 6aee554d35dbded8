import type { SelectedFile } from '../model/file-list.ts';
import { displayPath } from './file-name.ts';
import { sameIdentity } from './selected-file.ts';

/**
 * How the files of a build differ from what they were: the first path, in the order of their names,
 * that changed, came or went. Null where they are the same. Both are sorted by path, as `selectFiles` gives them. Pure.
 *
 * A file that was written to counts as changed even if it has its old content again: what the build
 * read in between is not known.
 */
export function firstMoved(
  before: readonly SelectedFile[],
  after: readonly SelectedFile[],
): string | null {
  for (let at = 0; at < Math.max(before.length, after.length); at += 1) {
    const [was, is] = firstOf(before[at], after[at]);
    const how = differ(was, is);
    if (how !== null) return `${displayPath((was ?? is)?.path ?? '')} ${how}`;
  }
  return null;
}

/** What stands at one place in both lists: of two paths the one that comes first, which the other list lacks. */
function firstOf(
  was: SelectedFile | undefined,
  is: SelectedFile | undefined,
): [SelectedFile | undefined, SelectedFile | undefined] {
  if (was === undefined || is === undefined || was.path === is.path) return [was, is];
  return was.path < is.path ? [was, undefined] : [undefined, is];
}

const KINDS = { f: 'a file', x: 'an executable file', l: 'a symbolic link' } as const;

function differ(was: SelectedFile | undefined, is: SelectedFile | undefined): string | null {
  if (was === undefined) return is === undefined ? null : 'was added';
  if (is === undefined) return 'was removed';
  if (was.kind !== is.kind) return `was ${KINDS[was.kind]} and is now ${KINDS[is.kind]}`;
  if (was.kind === 'l' && is.kind === 'l' && was.target !== is.target) return 'was changed';
  return sameIdentity(was.identity, is.identity) ? null : 'was changed';
}
