import type { Side, Step } from './automaton.ts';
import { parseClass, parseEscape, parseShorthand } from './char-class.ts';

/**
 * The steps of a regular expression in Go's syntax (https://pkg.go.dev/regexp/syntax), as far as moby
 * writes it; null where Go would not compile it. Like Go's MatchString, it matches anywhere unless
 * `^` and `$` forbid it.
 */
export function parseRegexp(source: string): Step[] | null {
  const alternatives: Step[][] = [[]];
  let steps = alternatives[0] as Step[];
  // What `{2}` would repeat: the step before it, but no repetition.
  let last: Step | 'repetition' | null = null;
  for (let at = 0; at < source.length; ) {
    const count = parseCount(source, at);
    if (source[at] === '|') {
      steps = [];
      alternatives.push(steps);
      last = null;
      at += 1;
    } else if (count) {
      const repeated: Step[] | null = typeof last === 'string' ? null : times(last, count);
      if (repeated === null) return null;
      steps.splice(-1, 1, ...repeated);
      last = 'repetition';
      at = count.end;
    } else {
      const parsed =
        parseQuote(source, at) ?? parseWildcard(source, at) ?? parseCharacter(source, at);
      if (parsed === null) return null;
      steps.push(...parsed.steps);
      last = parsed.repeats ? 'repetition' : (steps.at(-1) ?? null);
      at = parsed.end;
    }
  }
  return joined(alternatives.map(unanchored));
}

interface Parsed {
  readonly steps: readonly Step[];
  /** True for what may not be repeated, being a repetition itself. */
  readonly repeats: boolean;
  /** Where the rest of the source begins. */
  readonly end: number;
}

interface Count {
  readonly least: number;
  readonly most: number;
  readonly end: number;
}

/** `{2}`, `{2,}` or `{2,3}`; anything else in braces is itself. */
function parseCount(source: string, at: number): Count | null {
  const sticky = /\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/y;
  sticky.lastIndex = at;
  const found = sticky.exec(source);
  if (!found) return null;
  const [, least, comma, most] = found;
  const unlimited = comma !== undefined && most === undefined;
  return {
    least: Number(least),
    most: unlimited ? Number.POSITIVE_INFINITY : Number(most ?? least),
    end: sticky.lastIndex,
  };
}

const MOST_TIMES = 1000;

function times(step: Step | null, { least, most }: Count): Step[] | null {
  const tooMany = least > MOST_TIMES || (most > MOST_TIMES && Number.isFinite(most));
  if (step === null || tooMany || least > most) return null;
  const needed = Array<Step>(least).fill(step);
  if (Number.isFinite(most)) {
    const optional: Step[] = [{ do: 'skip', count: 1 }, step];
    return [
      ...needed,
      ...Array<Step[]>(most - least)
        .fill(optional)
        .flat(),
    ];
  }
  return step.do === 'read' ? [...needed, { do: 'repeat', accepts: step.accepts }] : needed;
}

/** `\Q…\E`: all that is between them is itself. */
function parseQuote(source: string, at: number): Parsed | null {
  const sticky = /\\Q(.*?)(?:\\E|$)/suy;
  sticky.lastIndex = at;
  const quote = sticky.exec(source);
  if (!quote) return null;
  const steps = [...(quote[1] ?? '')].map(literal);
  return { steps, repeats: false, end: sticky.lastIndex };
}

// `.` never takes a newline in Go.
const NO_NEWLINE = /^[^\n]$/;

/** The two that moby writes for `**`: any folders, or anything. */
function parseWildcard(source: string, at: number): Parsed | null {
  const any: Step = { do: 'repeat', accepts: NO_NEWLINE };
  if (source.startsWith('(.*/)?', at)) {
    return { steps: [{ do: 'skip', count: 2 }, any, literal('/')], repeats: true, end: at + 6 };
  }
  return source.startsWith('.*', at) ? { steps: [any], repeats: true, end: at + 2 } : null;
}

const BEGIN: Step = { do: 'assert', holds: (before) => before === 'nothing' };
const END: Step = { do: 'assert', holds: (_before, after) => after === 'nothing' };
const isEdge = (before: Side, after: Side) => (before === 'word') !== (after === 'word');

const ASSERTIONS: Readonly<Record<string, Step>> = {
  '^': BEGIN,
  '\\A': BEGIN,
  $: END,
  '\\z': END,
  '\\b': { do: 'assert', holds: isEdge },
  '\\B': { do: 'assert', holds: (before, after) => !isEdge(before, after) },
};

function parseCharacter(source: string, at: number): Parsed | null {
  if (source[at] === '[') {
    const found = parseClass(source, at);
    if (found === null) return null;
    const repeats = source[found.end] === '*';
    const step: Step = {
      do: repeats ? 'repeat' : 'read',
      accepts: new RegExp(`^${found.set}$`, 'v'),
    };
    return { steps: [step], repeats, end: found.end + (repeats ? 1 : 0) };
  }
  const char = String.fromCodePoint(source.codePointAt(at) ?? 0);
  const word = char === '\\' ? source.slice(at, at + 2) : char;
  const assertion = ASSERTIONS[word];
  if (assertion) return { steps: [assertion], repeats: false, end: at + word.length };
  if (char !== '\\') return { steps: [literal(char)], repeats: false, end: at + char.length };
  const shorthand = parseShorthand(source, at);
  if (shorthand) {
    const accepts = new RegExp(`^[${shorthand.set}]$`, 'v');
    return { steps: [{ do: 'read', accepts }], repeats: false, end: shorthand.end };
  }
  const escaped = parseEscape(source, at);
  return escaped && { steps: [literal(escaped.char)], repeats: false, end: escaped.end };
}

function literal(char: string): Step {
  const code = char.codePointAt(0)?.toString(16);
  return { do: 'read', accepts: new RegExp(`^\\u{${code}}$`, 'u') };
}

const ANYTHING: Step = { do: 'repeat', accepts: /^[^]$/u };

/** Lets it match anywhere, but for the sides that it is tied to. */
function unanchored(steps: readonly Step[]): Step[] {
  const before = steps[0] === BEGIN ? [] : [ANYTHING];
  const after = steps.at(-1) === END ? [] : [ANYTHING];
  return [...before, ...steps, ...after, { do: 'end' }];
}

/** One after the other, where each but the last may be skipped. */
function joined(alternatives: readonly Step[][]): Step[] {
  return alternatives.flatMap((steps, index) =>
    index === alternatives.length - 1
      ? steps
      : [{ do: 'skip' as const, count: steps.length }, ...steps],
  );
}
