import type { Diagnostic } from '../model/diagnostic.ts';
import type { Source } from '../model/source.ts';

/**
 * A file's bytes as text, a byte order mark removed. Bytes that are not UTF-8 give a diagnostic at
 * the first of them.
 */
export function decodeSource(path: string, bytes: Uint8Array): Source | Diagnostic {
  const text = new TextDecoder().decode(bytes);
  const source = { path, text };
  const bad = firstBadByte(bytes, text);
  if (bad === null) return source;
  const start = new TextDecoder().decode(bytes.subarray(0, bad), { stream: true }).length;
  return {
    severity: 'error',
    code: 'not-utf8',
    message: `the file is not UTF-8: byte ${bad + 1} is 0x${hex(bytes[bad] ?? 0)}`,
    advice: 'save it as UTF-8',
    place: { source, start, end: start + 1 },
  };
}

/** The decoder puts U+FFFD for what it cannot read; encoded again, that differs from what is there. */
function firstBadByte(bytes: Uint8Array, decoded: string): number | null {
  if (!decoded.includes('\ufffd')) return null;
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const again = new TextEncoder().encode(decoded);
  const at = again.findIndex((byte, index) => byte !== bytes[index + mark]);
  return at < 0 ? null : firstOfSequence(bytes, at + mark);
}

/** The place of a sequence's first byte, where only a later one of it is wrong. */
function firstOfSequence(bytes: Uint8Array, at: number): number {
  const valid = new TextDecoder('utf-8', { ignoreBOM: true })
    .decode(bytes.subarray(0, at), { stream: true })
    .replace(/\ufffd$/, '');
  return new TextEncoder().encode(valid).length;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
