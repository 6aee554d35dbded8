import { isBlank, leadingBlanks, SEPARATOR } from './blanks.ts';
import type { Instruction } from './instruction.ts';
import type { Line, Word } from './line.ts';
import { partsOf } from './parts.ts';

export type { Word } from './line.ts';

export interface Arguments {
  /** The leading `--name=value` words, quotes and escapes taken off. */
  readonly flags: readonly Word[];
  /** The others, quotes and escapes still in them. */
  readonly words: readonly Word[];
  /** True for `["a", "b"]`, whose strings the words then are. */
  readonly json: boolean;
  /** What follows the flags, as it is written. */
  readonly rest: Line;
}

/**
 * What follows the keyword, heredocs left out. Docker splits most instructions at every blank, quoted
 * or not; `ARG`, `ENV` and `LABEL` keep what is in quotes together, and some take all of it as one.
 *
 * Rules: https://github.com/moby/buildkit/blob/v0.25.1/frontend/dockerfile/parser/line_parsers.go
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

const PAIRS = ['ARG', 'ENV', 'LABEL'];
const WHOLE = ['MAINTAINER', 'STOPSIGNAL', 'USER', 'WORKDIR'];
const JSON_FORM = ['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'HEALTHCHECK', 'RUN', 'SHELL', 'VOLUME'];

function readArguments(instruction: Instruction): Arguments {
  const { keyword, escape: mark } = instruction;
  const { flags, rest } = partsOf(instruction);
  if (JSON_FORM.includes(keyword)) {
    // `HEALTHCHECK CMD ["a"]`
    const type = keyword === 'HEALTHCHECK' ? firstWord(rest.text) : 0;
    const strings = jsonStrings(rest.slice(type));
    if (strings !== null) {
      return { flags, words: [...separated(rest.slice(0, type)), ...strings], json: true, rest };
    }
  }
  const words = PAIRS.includes(keyword)
    ? quotedWords(rest, mark)
    : WHOLE.includes(keyword)
      ? whole(rest)
      : separated(rest);
  return { flags, words, json: false, rest };
}

/** The values of a flag that may be given several times. */
export function flagValues({ flags }: Pick<Arguments, 'flags'>, name: string): Word[] {
  return flags.flatMap(({ text, place }) =>
    text.startsWith(`--${name}=`) ? [{ text: text.slice(name.length + 3), place }] : [],
  );
}

/** The options of a `RUN --mount`, by name. One without a value has an empty one. */
export function mountOptions(mount: Pick<Word, 'text'>): ReadonlyMap<string, string> {
  return new Map(mountFields(mount).map(({ name, value }) => [name, value ?? '']));
}

/** The options of a `RUN --mount` in order; the value is null for one without a `=`. */
export function mountFields({ text }: Pick<Word, 'text'>) {
  return commaSeparated(text).map((field) => {
    const [, name = '', value = null] = /^([^=]*)(?:=(.*))?$/s.exec(field) ?? [];
    return { text: field, name: name.toLowerCase(), value };
  });
}

/** The fields of a line of comma-separated values, quotes taken off. */
function commaSeparated(text: string): string[] {
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"(?=,|$)|([^,]*))/gs)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  );
}

/** The length of the first word, with the blanks behind it. */
function firstWord(text: string): number {
  const end = [...text].findIndex(isBlank);
  return end < 0 ? text.length : end + leadingBlanks(text.slice(end));
}

function whole(rest: Line): Word[] {
  return rest.text === '' ? [] : [{ text: rest.text, place: rest.place() }];
}

function separated(rest: Line): Word[] {
  const words: Word[] = [];
  let at = 0;
  for (const text of rest.text.split(SEPARATOR)) {
    const start = rest.text.indexOf(text, at);
    at = start + text.length;
    if (text !== '') words.push({ text, place: rest.place(start, at) });
  }
  return words;
}

/** Words that may have blanks within quotes and behind an escape character. */
function quotedWords(rest: Line, mark: string): Word[] {
  const words: Word[] = [];
  let quote = '';
  let start: number | null = null;
  const end = (at: number) => {
    if (start === null) return;
    const dangling = at === rest.text.length && isDangling ? 1 : 0;
    const text = rest.text.slice(start, at - dangling);
    if (text !== '') words.push({ text, place: rest.place(start, at - dangling) });
    start = null;
  };
  let isDangling = false;
  for (let at = 0; at < rest.text.length; at++) {
    const character = rest.text.charAt(at);
    if (quote === '' && isBlank(character)) {
      end(at);
      continue;
    }
    start ??= at;
    if (character === mark && quote !== "'") {
      // The last character of all takes no meaning away, and counts for nothing.
      isDangling = at + 1 === rest.text.length;
      at += 1;
    } else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
  }
  end(rest.text.length);
  return words;
}

/** The strings of the JSON form; null where docker would take the line for words after all. */
function jsonStrings(line: Line): Word[] | null {
  const strings = jsonArray(line.text);
  if (strings === null || !strings.every((each) => typeof each === 'string')) return null;
  const places = [...line.text.matchAll(/"(?:[^"\\]|\\.)*"/gs)];
  return strings.map((text: string, index) => {
    const start = places[index]?.index ?? 0;
    return { text, place: line.place(start, start + (places[index]?.[0].length ?? 0)) };
  });
}

/** True for a JSON form with something else than strings in it. */
export function hasOddJson(instruction: Instruction): boolean {
  if (!JSON_FORM.includes(instruction.keyword)) return false;
  const { text } = argumentsOf(instruction).rest;
  const array = jsonArray(text.slice(instruction.keyword === 'HEALTHCHECK' ? firstWord(text) : 0));
  return array !== null && !array.every((each) => typeof each === 'string');
}

/** The array that a line is in JSON; null for anything else. */
function jsonArray(text: string): unknown[] | null {
  if (!text.startsWith('[')) return null;
  try {
    const array: unknown = JSON.parse(text);
    return Array.isArray(array) ? array : null;
  } catch {
    return null;
  }
}
