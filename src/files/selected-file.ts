import { lstatSync, readlinkSync } from 'node:fs';
import type { Identity, SelectedFile } from '../model/file-list.ts';
import { decode } from './file-name.ts';

export type { SelectedFile } from '../model/file-list.ts';

interface Stat extends Identity {
  readonly mode: number;
  readonly ctimeMs: number;
  isFile(): boolean;
  isSymbolicLink(): boolean;
}

const OWNER_EXECUTES = 0o100;

/** The file at the path; null where it is neither a file nor a link. Throws what the system says. */
export function inspect(directory: string, path: string): SelectedFile | null {
  const place = `${directory}/${path}`;
  const stat = lstatSync(place);
  if (stat.isSymbolicLink()) {
    const target = decode(readlinkSync(place, { encoding: 'buffer' }));
    return { path, kind: 'l', target, mode: permissions(stat), identity: identityOf(stat) };
  }
  if (!stat.isFile()) return null;
  const { ctimeMs } = stat;
  return { path, kind: kindOf(stat), mode: permissions(stat), identity: identityOf(stat), ctimeMs };
}

/** Whether its owner may execute a regular file: the one permission that is hashed. */
export function kindOf(stat: Stat): 'f' | 'x' {
  return (stat.mode & OWNER_EXECUTES) === 0 ? 'f' : 'x';
}

/** The permission bits, set-user-id and its like included. */
function permissions(stat: Stat): number {
  return stat.mode & 0o7777;
}

/** What tells a file from another, or from itself with other bytes. */
export function identityOf({ dev, ino, size, mtimeMs }: Stat): Identity {
  return { dev, ino, size, mtimeMs };
}

/** True where it is the same file, not written to in between. */
export function sameIdentity(one: Identity, other: Identity): boolean {
  return (
    one.dev === other.dev &&
    one.ino === other.ino &&
    one.size === other.size &&
    one.mtimeMs === other.mtimeMs
  );
}
