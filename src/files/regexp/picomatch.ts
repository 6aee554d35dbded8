import type { Instruction } from './automaton.ts';
import { type Dialect, matchAt, type Parsed, parseGroup, parseRegexp } from './parse.ts';
import { literal, oneOf } from './steps.ts';

/**
 * The steps of a regular expression that picomatch made of a glob, for paths without parts that are
 * empty, `.` or `..`; null where there is something in it that only a backtracking engine can do,
 * such as the `!(…)` of a glob.
 */
export function parsePicomatchRegexp(source: string): Instruction[] | null {
  return parseRegexp(source.replaceAll(NO_DOTS, ''), JAVASCRIPT);
}

// That the path has no part `.` or `..` here: it never has one.
const NO_DOTS = /\(\?!(?:\(\?:\^\|\\\/\))?\\\.\{1,2\}\(\?:\\\/\|\$\)\)/g;

const NOT_AT_END: Instruction = { do: 'assert', holds: (_before, after) => after !== 'nothing' };

const JAVASCRIPT: Dialect = { dot: '.', special };

function special(source: string, at: number): Parsed | null {
  if (source.startsWith('(?=.)', at)) return { steps: [NOT_AT_END], end: at + '(?=.)'.length };
  if (source.startsWith('(?:', at)) return parseGroup(source, at + '(?:'.length, JAVASCRIPT);
  const escaped = matchAt(/\\([^0-9A-Za-z])/suy, source, at);
  if (escaped) return { steps: [literal(escaped[1] ?? '')], end: at + escaped[0].length };
  const found = matchAt(/\[\^?(?:\\[^0-9A-Za-z]|[^\]\\])*\]/suy, source, at);
  return found && { steps: [oneOf(found[0])], end: at + found[0].length };
}
