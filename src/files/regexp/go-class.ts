import { matchAt } from './parse.ts';

/**
 * Go's character classes, rewritten as JavaScript's. Each parser takes the source and the offset of
 * what it may find there, and gives null where it is not there or Go would not take it.
 */

interface CharacterSet {
  /** What goes between the brackets of a JavaScript class with the `v` flag. */
  readonly set: string;
  /** Where the rest of the source begins. */
  readonly end: number;
}

/** `\d` and its like. JavaScript's own `\s` knows more spaces. */
const SHORTHANDS: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  s: '[\\t\\n\\f\\r ]',
  S: '[^\\t\\n\\f\\r ]',
  w: '[0-9A-Za-z_]',
  W: '[^0-9A-Za-z_]',
};

/** `[:alpha:]` and its like. */
const NAMED: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '\\x21-\\x7E',
  lower: 'a-z',
  print: '\\x20-\\x7E',
  punct: '\\x21-\\x2F\\x3A-\\x40\\x5B-\\x60\\x7B-\\x7E',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

const CONTROLS: Readonly<Record<string, string>> = {
  a: '\x07',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** A class in brackets, the brackets of the result included. */
export function parseClass(source: string, start: number): CharacterSet | null {
  const negated = source[start + 1] === '^';
  let at = start + (negated ? 2 : 1);
  let set = '';
  // Just after the opening, `]` is itself.
  while (source[at] !== ']' || set === '') {
    const member = parseMember(source, at);
    if (member === null) return null;
    set += member.set;
    at = member.end;
  }
  return { set: `[${negated ? '^' : ''}${set}]`, end: at + 1 };
}

function parseMember(source: string, at: number): CharacterSet | null {
  const name = matchAt(/\[:(\^?)(.*?):\]/suy, source, at);
  if (name) {
    const [whole = '', negation = '', key = ''] = name;
    const set = Object.hasOwn(NAMED, key) ? NAMED[key] : undefined;
    return set === undefined ? null : { set: `[${negation}${set}]`, end: at + whole.length };
  }
  return parseShorthand(source, at) ?? parseRange(source, at);
}

function parseRange(source: string, at: number): CharacterSet | null {
  const low = parseChar(source, at);
  if (low === null) return null;
  const isRange =
    source[low.end] === '-' && low.end + 1 < source.length && source[low.end + 1] !== ']';
  const high = isRange ? parseChar(source, low.end + 1) : low;
  if (high === null || codeOf(high.char) < codeOf(low.char)) return null;
  return { set: `${escaped(low.char)}-${escaped(high.char)}`, end: high.end };
}

function parseChar(source: string, at: number): { char: string; end: number } | null {
  const code = source.codePointAt(at);
  if (code === undefined) return null;
  if (source[at] === '\\') return parseEscape(source, at);
  const char = String.fromCodePoint(code);
  return { char, end: at + char.length };
}

/** `\d`, `\W`, `\pL` and their like. */
export function parseShorthand(source: string, at: number): CharacterSet | null {
  const found = matchAt(/\\(?:([dDsSwW])|[pP][CLMNPSZ])/uy, source, at);
  if (!found) return null;
  const [whole, letter] = found;
  return {
    set: (letter && SHORTHANDS[letter]) ?? `\\${whole[1]}{${whole[2]}}`,
    end: at + whole.length,
  };
}

/** A backslash and what it stands for: a control character, a code, or any punctuation mark itself. */
export function parseEscape(source: string, at: number): { char: string; end: number } | null {
  const hex = matchAt(/\\x([0-9A-Fa-f]{2})/uy, source, at);
  if (hex) return { char: fromCode(hex[1], 16), end: at + hex[0].length };
  const octal = matchAt(/\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/uy, source, at);
  if (octal) return { char: fromCode(octal[1], 8), end: at + octal[0].length };
  const char = source[at + 1] ?? '';
  const control = Object.hasOwn(CONTROLS, char) ? CONTROLS[char] : undefined;
  if (control !== undefined) return { char: control, end: at + 2 };
  return /^[^\x80-\u{10FFFF}0-9A-Za-z]$/u.test(char) ? { char, end: at + 2 } : null;
}

function fromCode(digits: string | undefined, radix: number): string {
  return String.fromCodePoint(Number.parseInt(digits ?? '0', radix));
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

function escaped(char: string): string {
  return `\\u{${codeOf(char).toString(16)}}`;
}
