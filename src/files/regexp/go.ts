import type { Instruction } from './automaton.ts';
import { parseClass, parseEscape, parseShorthand } from './go-class.ts';
import { type Dialect, type Parsed, parseRegexp } from './parse.ts';
import { BEGIN, EDGE, END, literal, NO_EDGE, oneOf } from './steps.ts';

/**
 * The steps of a regular expression of Go, searched for as its MatchString does; null where Go would
 * not compile it. Of groups it knows only `(…)`: moby writes no other.
 *
 * Source: https://pkg.go.dev/regexp/syntax and its parse.go
 */
export function parseGoRegexp(source: string): Instruction[] | null {
  return parseRegexp(source.replace(QUOTE, unquote), { dot: '[^\\n]', special });
}

/** `\Q…\E`: all that is between them is itself. Not within a class, nor where the backslash is one. */
const QUOTE = /\\Q(.*?)(?:\\E|$)|\\.|\[(?:\\.|[^\]\\])*\]?/gsu;

function unquote(whole: string, quoted: string | undefined): string {
  return quoted?.replace(/[^\w\u{80}-\u{10FFFF}]/gu, '\\$&') ?? whole;
}

const ASSERTIONS: Readonly<Record<string, Instruction>> = {
  '\\A': BEGIN,
  '\\z': END,
  '\\b': EDGE,
  '\\B': NO_EDGE,
};

const special: Dialect['special'] = (source, at): Parsed | null => {
  if (source[at] === '(') return null;
  const assertion = ASSERTIONS[source.slice(at, at + 2)];
  if (assertion) return { steps: [assertion], end: at + 2 };
  const found = source[at] === '[' ? parseClass(source, at) : parseShorthand(source, at);
  if (found) return { steps: [oneOf(`[${found.set}]`, 'sv')], end: found.end };
  const escaped = source[at] === '[' ? null : parseEscape(source, at);
  return escaped && { steps: [literal(escaped.char)], end: escaped.end };
};
