import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  futimesSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** What a regular file is to become. */
export interface Wanted {
  readonly sha256: string;
  readonly mode: number;
  /** Whole seconds since 1970; the rest of the time comes from the content. */
  readonly second: number;
}

/** A file, copied from one place to another; null where its content is not the wanted one. */
export type Copy = (from: string, to: string, wanted: Wanted) => BigIntStats | null;

/** Not a link that has come in its place since, nor a fifo, to wait for who writes to it. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * A function that copies files and hashes what it copies. Blocks are shared where the file system can;
 * whether it can is tried once for each pair of devices.
 */
export function copier(): Copy {
  const clones = new Map<string, boolean>();
  const piece = Buffer.allocUnsafeSlow(PIECE);
  return (from, to, wanted) => {
    const source = openSync(from, READ);
    try {
      const { dev, mode } = fstatSync(source);
      const executable = (mode & 0o100) !== 0;
      if (executable !== ((wanted.mode & 0o100) !== 0)) return null;
      const pair = `${dev} ${statSync(dirname(to)).dev}`;
      if (clones.get(pair) !== false) clones.set(pair, tryClone(from, to));
      if (clones.get(pair)) return settle(to, wanted, piece);
      return copy(source, to, wanted, piece);
    } finally {
      closeSync(source);
    }
  };
}

const PIECE = 256 * 1024;

function tryClone(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    // What is there under this name is another file, and not to be removed.
    if (isTaken(error)) throw error;
    rmSync(to, { force: true });
    return false;
  }
}

/** True for the error of a name that something has already. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

function copy(source: number, to: string, wanted: Wanted, piece: Buffer): BigIntStats | null {
  const descriptor = openSync(to, 'wx', wanted.mode);
  try {
    const hash = createHash('sha256');
    for (;;) {
      const length = readSync(source, piece, 0, piece.length, null);
      if (length === 0) break;
      hash.update(piece.subarray(0, length));
      for (let done = 0; done < length; ) done += writeSync(descriptor, piece, done, length - done);
    }
    return hash.digest('hex') === wanted.sha256 ? finish(descriptor, wanted) : null;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Gives a file that is there already its mode and time; null where its content is not the wanted one,
 * or it is no regular file.
 */
export function settle(path: string, wanted: Wanted, piece: Buffer): BigIntStats | null {
  // One of the user's that nobody may write to keeps its mode when it is cloned.
  chmodSync(path, wanted.mode);
  const descriptor = openSync(path, READ);
  try {
    if (!fstatSync(descriptor).isFile()) return null;
    const hash = createHash('sha256');
    for (;;) {
      const length = readSync(descriptor, piece, 0, piece.length, null);
      if (length === 0) break;
      hash.update(piece.subarray(0, length));
    }
    return hash.digest('hex') === wanted.sha256 ? finish(descriptor, wanted) : null;
  } finally {
    closeSync(descriptor);
  }
}

function finish(descriptor: number, wanted: Wanted): BigIntStats {
  fchmodSync(descriptor, wanted.mode);
  const time = timeOf(wanted);
  futimesSync(descriptor, time, time);
  const stat = fstatSync(descriptor, { bigint: true });
  checkMode(Number(stat.mode), wanted.mode);
  return stat;
}

/**
 * Throws where a mode was set and is not there: on FAT, exFAT and some mounts of a host's folders `chmod` does
 * nothing and says nothing, and the image would have other modes than its hash says.
 */
export function checkMode(mode: number, wanted: number): void {
  const there = mode & 0o7777;
  if (there === wanted) return;
  throw new Error(
    `the file system of the cache folder keeps no modes: ${octal(wanted)} was set, and ${octal(there)} is there`,
  );
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/**
 * The time of a staged file, in seconds: microseconds from its content, because BuildKit takes two files
 * of one size and time for the same. Node sets no finer ones, and cuts off what is below them: half of
 * one is added, so that rounding changes nothing. What is before 1970 it cannot set at all.
 */
export function timeOf({ sha256, second }: Wanted): number {
  const microseconds = Number.parseInt(sha256.slice(0, 12), 16) % 1_000_000;
  return Math.max(0, second) + (microseconds + 0.5) / 1_000_000;
}
