import type { Instruction } from './automaton.ts';
import { anywhere, BEGIN, END, either, literal, oneOf, times } from './steps.ts';

/** What regular expressions of different languages have of their own. */
export interface Dialect {
  /** The class that `.` stands for. */
  readonly dot: string;
  /** What begins there with `\`, `[` or `(?`; null where it is wrong, or not known here. */
  special(source: string, at: number): Parsed | null;
}

export interface Parsed {
  readonly steps: readonly Instruction[];
  /** Where the rest of the source begins. */
  readonly end: number;
}

/** More steps than a sensible pattern has. */
const STEP_LIMIT = 50_000;

/**
 * The steps of a regular expression that is searched for anywhere in a text; null where it is wrong
 * or has something in it that the dialect does not know.
 */
export function parseRegexp(source: string, dialect: Dialect): Instruction[] | null {
  const found = parseBranches(source, 0, dialect);
  if (found === null || found.end < source.length) return null;
  return either(found.branches.map(anywhere));
}

interface Branches {
  readonly branches: readonly Instruction[][];
  readonly end: number;
}

function parseBranches(source: string, start: number, dialect: Dialect): Branches | null {
  const branches: Instruction[][] = [];
  for (let at = start; ; at += 1) {
    const steps: Instruction[] = [];
    while (at < source.length && !/[|)]/.test(source[at] ?? '')) {
      const parsed = parseRepeated(source, at, dialect);
      if (parsed === null || steps.length + parsed.steps.length > STEP_LIMIT) return null;
      steps.push(...parsed.steps);
      at = parsed.end;
    }
    branches.push(steps);
    if (source[at] !== '|') return { branches, end: at };
  }
}

/** Something, and how often; but not how often that. */
function parseRepeated(source: string, at: number, dialect: Dialect): Parsed | null {
  if (parseCount(source, at)) return null;
  const once = parseOnce(source, at, dialect);
  const count = once && parseCount(source, once.end);
  if (!once || !count) return once;
  if (parseCount(source, count.end)) return null;
  const { least, most } = count;
  const isLimited = most !== Number.POSITIVE_INFINITY;
  if (least > most || least > MOST_TIMES || (isLimited && most > MOST_TIMES)) return null;
  if ((isLimited ? most : least) * once.steps.length > STEP_LIMIT) return null;
  return { steps: times(once.steps, least, most), end: count.end };
}

function parseOnce(source: string, at: number, dialect: Dialect): Parsed | null {
  const char = String.fromCodePoint(source.codePointAt(at) ?? 0);
  const end = at + char.length;
  if (char === '\\' || char === '[' || (char === '(' && source[at + 1] === '?')) {
    return dialect.special(source, at);
  }
  if (char === '(') return parseGroup(source, at + 1, dialect);
  if (char === '^') return { steps: [BEGIN], end };
  if (char === '$') return { steps: [END], end };
  return { steps: [char === '.' ? oneOf(dialect.dot) : literal(char)], end };
}

/** What is between parentheses; `start` is after the opening one. */
export function parseGroup(source: string, start: number, dialect: Dialect): Parsed | null {
  const found = parseBranches(source, start, dialect);
  if (found === null || source[found.end] !== ')') return null;
  return { steps: either(found.branches), end: found.end + 1 };
}

const MOST_TIMES = 1000;

interface Count {
  readonly least: number;
  readonly most: number;
  readonly end: number;
}

const COUNTS: Readonly<Record<string, readonly [number, number]>> = {
  '*': [0, Number.POSITIVE_INFINITY],
  '+': [1, Number.POSITIVE_INFINITY],
  '?': [0, 1],
};

/** `*`, `+`, `?`, `{2}`, `{2,}` or `{2,3}`. A `?` after it, for the shortest match, is passed over. */
function parseCount(source: string, at: number): Count | null {
  const found = matchAt(/([*+?]|\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\})\??/y, source, at);
  if (!found) return null;
  const [whole, sign = '', least, comma, most] = found;
  const end = at + whole.length;
  const [few, many] = COUNTS[sign] ?? [
    Number(least),
    comma && most === undefined ? Number.POSITIVE_INFINITY : Number(most ?? least),
  ];
  return { least: few, most: many, end };
}

/** What a regular expression with the `y` flag matches at that offset. */
export function matchAt(sticky: RegExp, source: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(source);
}
