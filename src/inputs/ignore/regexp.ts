import type { Side, Step } from './automaton.ts';
import { parseClass, parseEscape, parseShorthand } from './char-class.ts';

/**
 * The steps of a regular expression in Go's syntax, as far as moby writes it: literals, escapes,
 * classes, classes with a star, the two shapes below that stand for `**`, `^` and `$`. Null where Go
 * would not compile it.
 *
 * A pattern's own `^`, its escapes and what stands within its brackets reach Go's compiler as they
 * are, so `\d` is a digit there and `^` the beginning (https://pkg.go.dev/regexp/syntax).
 */
export function parseRegexp(source: string): Step[] | null {
  const steps: Step[] = [];
  for (let at = 0; at < source.length; ) {
    const parsed = parseStep(source, at, steps.length);
    if (parsed === null) return null;
    steps.push(...parsed.steps);
    at = parsed.end;
  }
  return steps;
}

interface Parsed {
  readonly steps: readonly Step[];
  /** Where the rest of the source begins. */
  readonly end: number;
}

// `.` never takes a newline in Go.
const ANY = /^[^\n]$/;
const FOLDERS = '(.*/)?';
const REST = '.*';

const ASSERTIONS: Readonly<Record<string, (before: Side, after: Side) => boolean>> = {
  '^': (before) => before === 'nothing',
  '\\A': (before) => before === 'nothing',
  $: (_before, after) => after === 'nothing',
  '\\z': (_before, after) => after === 'nothing',
  '\\b': (before, after) => (before === 'word') !== (after === 'word'),
  '\\B': (before, after) => (before === 'word') === (after === 'word'),
};

function parseStep(source: string, at: number, index: number): Parsed | null {
  if (source.startsWith(FOLDERS, at)) {
    const steps: Step[] = [
      { do: 'skip', to: index + 3 },
      { do: 'repeat', accepts: ANY },
      { do: 'read', accepts: literal('/') },
    ];
    return { steps, end: at + FOLDERS.length };
  }
  if (source.startsWith(REST, at)) {
    return { steps: [{ do: 'repeat', accepts: ANY }], end: at + REST.length };
  }
  const quoted = /\\Q(.*?)(?:\\E|$)/suy;
  quoted.lastIndex = at;
  const quote = quoted.exec(source);
  if (quote) {
    const steps = [...(quote[1] ?? '')].map(
      (char): Step => ({ do: 'read', accepts: literal(char) }),
    );
    return { steps, end: quoted.lastIndex };
  }
  const word = source.slice(at, at + (source[at] === '\\' ? 2 : 1));
  const holds = ASSERTIONS[word];
  if (holds) return { steps: [{ do: 'assert', holds }], end: at + word.length };
  return parseCharacter(source, at);
}

function parseCharacter(source: string, at: number): Parsed | null {
  if (source[at] === '[') {
    const found = parseClass(source, at);
    if (found === null) return null;
    const repeated = source[found.end] === '*';
    const step: Step = {
      do: repeated ? 'repeat' : 'read',
      accepts: new RegExp(`^${found.set}$`, 'v'),
    };
    return { steps: [step], end: found.end + (repeated ? 1 : 0) };
  }
  if (source[at] === '\\') {
    const shorthand = parseShorthand(source, at);
    if (shorthand) {
      const accepts = new RegExp(`^[${shorthand.set}]$`, 'v');
      return { steps: [{ do: 'read', accepts }], end: shorthand.end };
    }
    const found = parseEscape(source, at);
    return found && { steps: [{ do: 'read', accepts: literal(found.char) }], end: found.end };
  }
  const char = String.fromCodePoint(source.codePointAt(at) ?? 0);
  return { steps: [{ do: 'read', accepts: literal(char) }], end: at + char.length };
}

function literal(char: string): RegExp {
  return new RegExp(`^\\u{${char.codePointAt(0)?.toString(16)}}$`, 'u');
}
