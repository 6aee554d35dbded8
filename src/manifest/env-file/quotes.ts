import { type Placed, placed, replaced } from './placed.ts';

/** What stands between two quotes, and the offset after the second one. */
export interface Quoted {
  readonly inner: Placed;
  readonly end: number;
}

/**
 * Reads a quoted value from its first quote at `start`; null where the second one is missing. A
 * backslash before the quote lets it stand within; elsewhere it is kept, and so are line breaks.
 */
export function readQuoted(file: string, start: number): Quoted | null {
  const quote = file[start] ?? '';
  for (let at = start + 1; at < file.length; at += 1) {
    if (file[at] === '\\') at += 1;
    else if (file[at] === quote) {
      const within = placed(file, start + 1, at);
      // Pairs are taken together, so that the second backslash of `\\` is not one before a quote.
      const pairs = /\\[\s\S]/g;
      const inner = replaced(within, pairs, (pair) => (pair[1] === quote ? quote : pair));
      return { inner, end: at + 1 };
    }
  }
  return null;
}

/**
 * Replaces the escapes of a double-quoted value. `\$` becomes `$$`, which interpolation makes a `$` of.
 * What is no escape stays as it is.
 */
export function withoutEscapes(inner: Placed): Placed {
  return replaced(inner, /\\(?:[abfnrtv$"\\]|0\d{0,3})/g, (found) => {
    return SIMPLE[found[1] ?? ''] ?? octal(found.slice(2));
  });
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  $: '$$',
  '"': '"',
  '\\': '\\',
};

/** `\0` with three octal digits is a character; with others it only loses its 0, as in docker compose. */
function octal(digits: string): string {
  const code = /^[0-3][0-7]{2}$/.test(digits) ? Number.parseInt(digits, 8) : null;
  return code === null ? `\\${digits}` : String.fromCharCode(code);
}
