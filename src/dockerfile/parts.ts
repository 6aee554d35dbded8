import { isBlank, SEPARATOR } from './blanks.ts';
import type { Line, Word } from './line.ts';

/** The parts of an instruction. */
export interface Parts {
  readonly keyword: Line;
  /** The `--name=value` words behind the keyword, quotes and escapes taken off. */
  readonly flags: readonly Word[];
  /** All that follows them. */
  readonly rest: Line;
}

/**
 * The keyword, the flags and the rest of an instruction.
 *
 * Rules: https://github.com/moby/buildkit/blob/v0.25.1/frontend/dockerfile/parser/split_command.go
 */
export function partsOf({ line: whole }: { line: Line }): Parts {
  const line = whole.trim();
  const separator = SEPARATOR.exec(line.text);
  if (separator === null) {
    return { keyword: line, flags: [], rest: line.slice(line.text.length) };
  }
  const behind = line.slice(separator.index + separator[0].length);
  const { flags, length } = flagsOf(behind);
  return { keyword: line.slice(0, separator.index), flags, rest: behind.slice(length).trim() };
}

/** The flags at the beginning of a line, and the length of it that they take. */
function flagsOf(line: Line): { flags: Word[]; length: number } {
  if (!line.text.startsWith('--')) return { flags: [], length: 0 };
  const reader = new FlagReader(line);
  const flags: Word[] = [];
  for (let flag = reader.next(); flag !== null; flag = reader.next()) flags.push(flag);
  return { flags, length: reader.at };
}

/** The escape character of flags, whatever the file's own one is. */
const ESCAPE = '\\';

/** Docker looks at the bytes of flags, some of which are blanks within a character. */
class FlagReader {
  readonly #line: Line;
  readonly #bytes: readonly { character: string; at: number }[];
  #next = 0;

  constructor(line: Line) {
    this.#line = line;
    this.#bytes = bytesOf(line.text);
  }

  /** Where in the line it is. */
  get at(): number {
    return this.#offset(this.#next);
  }

  /** The next flag; null where there is none any more. */
  next(): Word | null {
    while (isBlank(this.#character())) this.#next += 1;
    const start = this.#next;
    if (this.#character() !== '-' || this.#character(1) !== '-') return null;
    const text = this.#word();
    // `--` alone ends the flags.
    if (text === '--') return null;
    return { text, place: this.#line.place(this.#offset(start), this.#offset(this.#next)) };
  }

  #word(): string {
    let text = '';
    let quote = '';
    while (this.#next < this.#bytes.length) {
      const character = this.#character();
      if (quote === '' && isBlank(character)) break;
      this.#next += 1;
      if (character === quote) quote = '';
      else if (quote === '' && (character === '"' || character === "'")) quote = character;
      else if (character !== ESCAPE) text += character;
      // An escape character at the end stands for nothing.
      else if (this.#next < this.#bytes.length) {
        text += this.#character();
        this.#next += 1;
      }
    }
    return new TextDecoder().decode(Uint8Array.from(text, (byte) => byte.charCodeAt(0)));
  }

  #character(ahead = 0): string {
    return this.#bytes[this.#next + ahead]?.character ?? '';
  }

  #offset(byte: number): number {
    return this.#bytes[byte]?.at ?? this.#line.text.length;
  }
}

/** The bytes of a text, each as a character, with the place of the character that it is of. */
function bytesOf(text: string): { character: string; at: number }[] {
  const encoder = new TextEncoder();
  let at = 0;
  return [...text].flatMap((character) => {
    const start = at;
    at += character.length;
    return [...encoder.encode(character)].map((byte) => ({
      character: String.fromCharCode(byte),
      at: start,
    }));
  });
}
