import { hash } from 'node:crypto';
import canonicalizeModule from 'canonicalize';

// The package is CommonJS and its types describe an ES module's default export.
const canonicalize = canonicalizeModule as unknown as (value: Json) => string;

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** The canonical JSON of a value: RFC 8785 (JCS), no newline at its end. */
export function canonicalJson(value: Json): string {
  return canonicalize(value);
}

/** SHA-256 of bytes, or of a string's UTF-8, as 64 lower-case hex digits. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}
