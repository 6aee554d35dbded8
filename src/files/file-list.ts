import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { FileEntry, FileList } from '../model/file-list.ts';
import { type KnownHashes, NOTHING_KNOWN } from './known-hashes.ts';
import { changedFile, unreadableFile } from './problems.ts';
import { identityOf, kindOf, type SelectedFile, sameIdentity } from './selected-file.ts';
import { yielder } from './yielder.ts';

export interface Hashing {
  /** Null where a file could not be hashed. */
  readonly list: FileList | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the selected files, as far as it must, and lists them with their hashes: docs/hash.md. */
export async function hashFiles(
  directory: string,
  files: readonly SelectedFile[],
  image: string,
  known = NOTHING_KNOWN,
): Promise<Hashing> {
  const diagnostics: Diagnostic[] = [];
  const entries = new Map<string, FileEntry>();
  const yieldNow = yielder();
  for (const file of files) {
    const place = `${directory}/${file.path}`;
    const entry =
      knownEntry(place, file, known) ?? (await readEntry(place, file, { known, yieldNow }));
    if ('severity' in entry) diagnostics.push({ ...entry, image });
    else entries.set(file.path, entry);
    const pause = yieldNow();
    if (pause !== undefined) await pause;
  }
  return { list: diagnostics.length > 0 ? null : fileList(entries), diagnostics };
}

/** The file list of these entries, its document and its hash. Pure. */
export function fileList(entries: ReadonlyMap<string, FileEntry>): FileList {
  const digest = createHash('sha256');
  for (const piece of piecesOf(entries)) digest.update(piece);
  return {
    entries,
    get document() {
      return [...piecesOf(entries)].join('');
    },
    hash: digest.digest('hex'),
  };
}

/** How many files a piece of the document has. */
const PIECE_FILES = 500;

/** The document in pieces: of many files it is too large to be held in memory beside them. */
function* piecesOf(entries: ReadonlyMap<string, FileEntry>): Iterable<string> {
  // Canonical JSON sorts by UTF-16 code unit, as `sort` does, and writes strings as JSON.stringify does.
  const paths = [...entries.keys()].sort();
  yield '{';
  for (let at = 0; at < paths.length; at += PIECE_FILES) {
    const lines = paths.slice(at, at + PIECE_FILES).map((path) => lineOf(path, entries.get(path)));
    yield `${at === 0 ? '' : ','}${lines.join(',')}`;
  }
  yield '}';
}

function lineOf(path: string, entry: FileEntry | undefined): string {
  const word = entry?.kind === 'l' ? `l ${entry.target}` : `${entry?.kind} ${entry?.sha256}`;
  return `${JSON.stringify(path)}:${JSON.stringify(word)}`;
}

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

interface Reading {
  readonly known: KnownHashes;
  readonly yieldNow: () => Promise<void> | undefined;
}

/** Null for a file that must be read. */
function knownEntry(place: string, file: SelectedFile, known: KnownHashes): FileEntry | null {
  const { kind } = file;
  if (kind === 'l') return { kind, target: file.target };
  const sha256 = known.recall(place, file);
  return sha256 === null ? null : { kind, sha256 };
}

async function readEntry(
  place: string,
  file: SelectedFile,
  { known, yieldNow }: Reading,
): Promise<FileEntry | Diagnostic> {
  const { kind } = file;
  if (kind === 'l') return { kind, target: file.target };
  const beganMs = known.now();
  try {
    // Not a link that has come in its place since, nor a fifo, to wait for who writes to it.
    const descriptor = openSync(place, FLAGS);
    try {
      const digest = await digestOf(descriptor, file.identity.size, yieldNow);
      const stat = fstatSync(descriptor);
      if (!sameIdentity(identityOf(stat), file.identity) || kindOf(stat) !== kind)
        return changedFile(file.path);
      if (stat.ctimeMs === file.ctimeMs) known.remember(place, file, digest, beganMs);
      return { kind, sha256: digest };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return unreadableFile({ path: file.path, error: error as NodeJS.ErrnoException });
  }
}

/** Most files fit into one; no file is held in memory as a whole. */
const PIECE = Buffer.allocUnsafeSlow(1024 * 1024);

async function digestOf(
  descriptor: number,
  size: number,
  yieldNow: Reading['yieldNow'],
): Promise<string> {
  const first = readSync(descriptor, PIECE, 0, PIECE.length, null);
  // Whether it still ends there the caller sees by its size.
  if (first === size && size < PIECE.length) return hash('sha256', PIECE.subarray(0, first));
  const digest = createHash('sha256');
  for (let length = first; length > 0; ) {
    digest.update(PIECE.subarray(0, length));
    await yieldNow();
    length = readSync(descriptor, PIECE, 0, PIECE.length, null);
  }
  return digest.digest('hex');
}
