import type { Place } from '../model/source.ts';
import type { Instruction } from './instruction.ts';

/** A word of an instruction, quotes and escapes still in it. */
export interface Word {
  readonly text: string;
  readonly place: Place;
}

export interface Arguments {
  /** The leading `--name=value` words. */
  readonly flags: readonly Word[];
  readonly words: readonly Word[];
  /** True for `["a", "b"]`, whose strings the words then are. */
  readonly json: boolean;
}

/**
 * What follows the keyword, heredocs left out. Docker splits most instructions at every blank, quoted
 * or not; `ARG`, `ENV` and `LABEL` keep what is in quotes together.
 *
 * Rules: https://pkg.go.dev/github.com/moby/buildkit/frontend/dockerfile/parser
 */
export function argumentsOf(instruction: Instruction): Arguments {
  const known = knownArguments.get(instruction);
  if (known !== undefined) return known;
  const found = readArguments(instruction);
  knownArguments.set(instruction, found);
  return found;
}

/** Kept for as long as the instruction is: it is asked for them again and again. */
const knownArguments = new WeakMap<Instruction, Arguments>();

function readArguments(instruction: Instruction): Arguments {
  const keepQuoted = ['ARG', 'ENV', 'LABEL'].includes(instruction.keyword);
  const line = logicalLine(instruction);
  const words = split(line, keepQuoted, instruction);
  const count = words.findIndex(({ text }) => !text.startsWith('--'));
  const flags = keepQuoted ? [] : words.slice(0, count < 0 ? words.length : count);
  const rest = words.slice(flags.length);
  const strings = rest[0]?.text.startsWith('[') ? jsonStrings(line, rest[0], instruction) : null;
  return { flags, words: strings ?? rest, json: strings !== null };
}

/** The values of a flag that may be given several times. */
export function flagValues({ flags }: Arguments, name: string): Word[] {
  return flags.flatMap(({ text, place }) =>
    text.startsWith(`--${name}=`) ? [{ text: text.slice(name.length + 3), place }] : [],
  );
}

/** The options of a `RUN --mount`, by name. One without a value has an empty one. */
export function mountOptions({ text }: Word): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((option): [string, string] => {
      const [, name = '', value = ''] = /^"?([^="]*)=?(.*?)"?$/s.exec(option) ?? [];
      return [name.toLowerCase(), value];
    }),
  );
}

/** Stands for what joins two lines, so that all else keeps its offset. */
const JOINT = '\0';

/**
 * The text from the keyword to the first end of a line that is not continued. Escaped line ends, and
 * the comments and empty lines behind them, become joints.
 */
function logicalLine({ place, argumentsStart, escape: mark }: Instruction): string {
  const continued = mark === '`' ? /(?<!`)`[ \t]*\r?\n$/ : /(?<!\\)\\[ \t]*\r?\n$/;
  const text = place.source.text.slice(argumentsStart, place.end);
  let line = '';
  for (const physical of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    if (line !== '' && /^\s*(#[^\n]*)?\n?$/.test(physical)) {
      line += JOINT.repeat(physical.length);
      continue;
    }
    const end = continued.exec(physical);
    if (end === null) return line + physical.replace(/\r?\n$/, '');
    line += physical.slice(0, end.index) + JOINT.repeat(physical.length - end.index);
  }
  return line;
}

function split(line: string, keepQuoted: boolean, instruction: Instruction): Word[] {
  const word = !keepQuoted ? /\S+/g : instruction.escape === '`' ? BACKTICK_WORD : BACKSLASH_WORD;
  return [...line.matchAll(word)].flatMap(({ 0: written, index }) => {
    const start = written.search(/[^\0]/);
    return start < 0 ? [] : [wordAt(line, index + start, index + written.length, instruction)];
  });
}

const BACKSLASH_WORD = /(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|\\.?|[^\s"'\\])+/gs;
const BACKTICK_WORD = /(?:"(?:[^"`]|`.)*"?|'[^']*'?|`.?|[^\s"'`])+/gs;

function wordAt(line: string, start: number, end: number, instruction: Instruction): Word {
  const { place, argumentsStart } = instruction;
  const written = line.slice(start, end);
  const length = written.replace(/\0+$/, '').length;
  const from = argumentsStart + start;
  return {
    text: written.replaceAll(JOINT, ''),
    place: { source: place.source, start: from, end: from + length },
  };
}

/** The strings of the JSON form; null where docker would take the line for words after all. */
function jsonStrings(line: string, first: Word, instruction: Instruction): Word[] | null {
  const from = first.place.start - instruction.argumentsStart;
  const written = line.slice(from);
  try {
    const strings: unknown = JSON.parse(written.replaceAll(JOINT, ' '));
    if (!Array.isArray(strings) || !strings.every((each) => typeof each === 'string')) return null;
    const places = [...written.matchAll(/"(?:[^"\\]|\\.)*"/gs)];
    return strings.map((text: string, index) => {
      const start = first.place.start + (places[index]?.index ?? 0);
      const end = start + (places[index]?.[0].length ?? 0);
      return { text, place: { ...first.place, start, end } };
    });
  } catch {
    return null;
  }
}
