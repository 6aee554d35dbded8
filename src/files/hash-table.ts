import { hash } from 'node:crypto';

/** A file as it was when it was read: what tells it from itself with another content, and its SHA-256, hex. */
export interface HashRow {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly sha256: string;
}

/**
 * A table as bytes: what it is, the SHA-256 of what follows, the number of files, the numbers of each file, the
 * hashes, the paths with a NUL between them. Another version has another first line.
 */
const FIRST_LINE = 'ENSURE1\n';
const HASH_BYTES = 32;
const NUMBERS = ['dev', 'ino', 'size', 'mtimeMs', 'ctimeMs'] as const;
const NUMBER_BYTES = 8;
const HEAD_BYTES = FIRST_LINE.length + HASH_BYTES;

/** The bytes of a table of files by their paths. */
export function encodeHashes(rows: ReadonlyMap<string, HashRow>): Uint8Array {
  const numbers = new Float64Array(1 + rows.size * NUMBERS.length);
  numbers[0] = rows.size;
  let at = 1;
  for (const row of rows.values()) {
    for (const name of NUMBERS) numbers[at++] = row[name];
  }
  const body = Buffer.concat([
    new Uint8Array(numbers.buffer),
    Buffer.from([...rows.values()].map(({ sha256 }) => sha256).join(''), 'hex'),
    Buffer.from([...rows.keys()].join('\0'), 'utf8'),
  ]);
  return Buffer.concat([Buffer.from(FIRST_LINE), hash('sha256', body, 'buffer'), body]);
}

/** The table in bytes; an empty one where they are not whole, or another version's. */
export function decodeHashes(bytes: Uint8Array | null): ReadonlyMap<string, HashRow> {
  const rows = new Map<string, HashRow>();
  if (bytes === null || bytes.length < HEAD_BYTES + NUMBER_BYTES) return rows;
  // A copy begins where numbers may stand.
  const body = Buffer.from(new Uint8Array(bytes.subarray(HEAD_BYTES)).buffer);
  const head = Buffer.concat([Buffer.from(FIRST_LINE), hash('sha256', body, 'buffer')]);
  if (!head.equals(bytes.subarray(0, HEAD_BYTES))) return rows;
  const [count = 0] = new Float64Array(body.buffer, 0, 1);
  const hashesAt = NUMBER_BYTES * (1 + count * NUMBERS.length);
  const numbers = new Float64Array(body.buffer, NUMBER_BYTES, count * NUMBERS.length);
  const hashes = body.toString('hex', hashesAt, hashesAt + count * HASH_BYTES);
  const paths = body.toString('utf8', hashesAt + count * HASH_BYTES).split('\0');
  for (let row = 0; row < count; row += 1) {
    const number = (column: number) => numbers[row * NUMBERS.length + column] ?? 0;
    rows.set(paths[row] ?? '', {
      dev: number(0),
      ino: number(1),
      size: number(2),
      mtimeMs: number(3),
      ctimeMs: number(4),
      sha256: hashes.slice(row * 2 * HASH_BYTES, (row + 1) * 2 * HASH_BYTES),
    });
  }
  return rows;
}
