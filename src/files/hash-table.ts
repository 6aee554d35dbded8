import { hash } from 'node:crypto';
import type { Identity } from '../model/file-list.ts';

/** A file as it was when it was read: what tells it from itself with another content, and its SHA-256, hex. */
export interface HashRow {
  readonly identity: Identity;
  readonly ctimeMs: number;
  readonly sha256: string;
}

/** Files by their paths. */
export interface HashTable {
  readonly size: number;
  get(path: string): HashRow | undefined;
  entries(): Iterable<[string, HashRow]>;
}

/**
 * A table as bytes: what it is, the SHA-256 of what follows, the number of files, the numbers of each file, the
 * hashes, the paths with a NUL between them. Sorted by path. Another version has another first line.
 */
const FIRST_LINE = 'ENSURE2\n';
const HASH_BYTES = 32;
const HASH_DIGITS = 2 * HASH_BYTES;
const COLUMNS = 5;
const NUMBER_BYTES = 8;
const HEAD_BYTES = FIRST_LINE.length + HASH_BYTES;
const ROWS_AT = HEAD_BYTES + NUMBER_BYTES;
const ROW_BYTES = COLUMNS * NUMBER_BYTES + HASH_BYTES;

/** The bytes of a table. */
export function encodeHashes(rows: ReadonlyMap<string, HashRow>): Uint8Array {
  const paths = [...rows.keys()].sort();
  const text = paths.join('\0');
  const pathsAt = ROWS_AT + rows.size * ROW_BYTES;
  const bytes = Buffer.from(new ArrayBuffer(pathsAt + Buffer.byteLength(text)));
  const numbers = new Float64Array(bytes.buffer, HEAD_BYTES, 1 + rows.size * COLUMNS);
  numbers[0] = rows.size;
  let hashAt = ROWS_AT + rows.size * COLUMNS * NUMBER_BYTES;
  for (const [at, path] of paths.entries()) {
    const { identity, ctimeMs, sha256 } = rows.get(path) as HashRow;
    const { dev, ino, size, mtimeMs } = identity;
    numbers.set([dev, ino, size, mtimeMs, ctimeMs], 1 + at * COLUMNS);
    hashAt += bytes.write(sha256, hashAt, 'hex');
  }
  bytes.write(text, pathsAt);
  bytes.set(headOf(bytes));
  return bytes;
}

function headOf(bytes: Uint8Array): Buffer {
  const sum = hash('sha256', bytes.subarray(HEAD_BYTES), 'buffer');
  return Buffer.concat([Buffer.from(FIRST_LINE), sum]);
}

const NO_HASHES: HashTable = new Map<string, HashRow>();

/** The table in bytes; an empty one where they are not whole, or another version's. */
export function decodeHashes(bytes: Uint8Array | null): HashTable {
  if (bytes === null || bytes.length < ROWS_AT) return NO_HASHES;
  if (!headOf(bytes).equals(bytes.subarray(0, HEAD_BYTES))) return NO_HASHES;
  // A copy begins where numbers may stand.
  const own = bytes.byteOffset % NUMBER_BYTES === 0 ? bytes : new Uint8Array(bytes);
  return tableIn(Buffer.from(own.buffer, own.byteOffset, own.length));
}

/** Makes no object and no string of a row before it is asked for: most runs have thousands and do little else. */
function tableIn(bytes: Buffer): HashTable {
  const numbersAt = bytes.byteOffset + HEAD_BYTES;
  const [size = 0] = new Float64Array(bytes.buffer, numbersAt, 1);
  const numbers = new Float64Array(bytes.buffer, numbersAt + NUMBER_BYTES, size * COLUMNS);
  const pathsAt = ROWS_AT + size * ROW_BYTES;
  const hashes = bytes.toString('hex', pathsAt - size * HASH_BYTES, pathsAt);
  const paths = bytes.toString('utf8', pathsAt);
  const ends = endsIn(paths, size);
  const beginOf = (row: number) => (row === 0 ? 0 : (ends[row - 1] ?? 0) + 1);
  const pathOf = (row: number) => paths.slice(beginOf(row), ends[row]);
  const isAt = (row: number, path: string) =>
    beginOf(row) + path.length === ends[row] && paths.startsWith(path, beginOf(row));

  function rowAt(row: number): HashRow {
    const number = (column: number) => numbers[row * COLUMNS + column] ?? 0;
    return {
      identity: { dev: number(0), ino: number(1), size: number(2), mtimeMs: number(3) },
      ctimeMs: number(4),
      sha256: hashes.slice(row * HASH_DIGITS, (row + 1) * HASH_DIGITS),
    };
  }

  // Contexts are listed in the order of the table.
  let next = 0;
  return {
    size,
    get(path) {
      if (!isAt(next, path)) next = firstFrom(path, size, pathOf);
      if (!isAt(next, path)) return undefined;
      next += 1;
      return rowAt(next - 1);
    },
    *entries() {
      for (let row = 0; row < size; row += 1) yield [pathOf(row), rowAt(row)];
    },
  };
}

/** Where each path ends. */
function endsIn(paths: string, size: number): Uint32Array {
  const ends = new Uint32Array(size);
  let end = -1;
  for (let row = 0; row < size; row += 1) {
    end = paths.indexOf('\0', end + 1);
    if (end < 0) end = paths.length;
    ends[row] = end;
  }
  return ends;
}

/** The first row that comes not before the path. */
function firstFrom(path: string, size: number, pathOf: (row: number) => string): number {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pathOf(middle) < path) low = middle + 1;
    else high = middle;
  }
  return low;
}
