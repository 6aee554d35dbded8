import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { FileEntry, FileList } from '../model/file-list.ts';
import { canonicalJson, sha256 } from './canonical.ts';
import { changedFile, unreadableFile } from './problems.ts';
import { identityOf, kindOf, type SelectedFile, sameIdentity } from './selected-file.ts';
import { yielder } from './yielder.ts';

export interface Hashing {
  /** Null where a file could not be hashed. */
  readonly list: FileList | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the selected files and lists them with their hashes: docs/hash.md. */
export async function hashFiles(
  directory: string,
  files: readonly SelectedFile[],
  image: string,
): Promise<Hashing> {
  const diagnostics: Diagnostic[] = [];
  const entries = new Map<string, FileEntry>();
  const yieldNow = yielder();
  for (const file of files) {
    const entry = await entryOf(directory, file, yieldNow);
    if ('severity' in entry) diagnostics.push({ ...entry, image });
    else entries.set(file.path, entry);
    await yieldNow();
  }
  return { list: diagnostics.length > 0 ? null : fileList(entries), diagnostics };
}

/** The file list of these entries, its document and its hash. Pure. */
export function fileList(entries: ReadonlyMap<string, FileEntry>): FileList {
  const words = [...entries].map(([path, entry]): [string, string] => [
    path,
    `${entry.kind} ${entry.kind === 'l' ? entry.target : entry.sha256}`,
  ]);
  // fromEntries defines its keys, so that a file called `__proto__` is one like any other.
  const document = canonicalJson(Object.fromEntries(words));
  return { entries, document, hash: sha256(document) };
}

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

async function entryOf(
  directory: string,
  file: SelectedFile,
  yieldNow: () => Promise<void>,
): Promise<FileEntry | Diagnostic> {
  if (file.kind === 'l') return { kind: 'l', target: file.target };
  try {
    // Not a link that has come in its place since, nor a fifo, to wait for who writes to it.
    const descriptor = openSync(join(directory, file.path), FLAGS);
    try {
      const digest = await digestOf(descriptor, yieldNow);
      const stat = fstatSync(descriptor);
      const same = sameIdentity(identityOf(stat), file.identity) && kindOf(stat) === file.kind;
      return same ? { kind: file.kind, sha256: digest } : changedFile(file.path);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return unreadableFile({ path: file.path, error: error as NodeJS.ErrnoException });
  }
}

/** Most files fit into one; no file is held in memory as a whole. */
const PIECE = Buffer.allocUnsafeSlow(1024 * 1024);

async function digestOf(descriptor: number, yieldNow: () => Promise<void>): Promise<string> {
  const hash = createHash('sha256');
  for (;;) {
    const length = readSync(descriptor, PIECE, 0, PIECE.length, null);
    if (length === 0) return hash.digest('hex');
    hash.update(PIECE.subarray(0, length));
    await yieldNow();
  }
}
