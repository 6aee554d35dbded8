import { type Placed, placed } from './placed.ts';
import { readQuoted, withoutEscapes } from './quotes.ts';

/** `NAME=value`. A name alone gives nothing: it stands for the variable of the environment. */
export interface Assignment {
  readonly name: string;
  readonly value: Placed;
  /** True if the value may hold interpolations; false between single quotes. */
  readonly open: boolean;
}

/** Why a file cannot be read further, and the offset where that is. */
export interface EnvFileMistake {
  readonly why: 'quote' | 'name' | 'blank-in-name' | 'no-name';
  readonly at: number;
}

/** An env file as far as it can be read. */
export interface ParsedEnvFile {
  readonly assignments: readonly Assignment[];
  readonly mistake: EnvFileMistake | null;
}

/**
 * Takes an env file apart as docker compose does.
 *
 * https://github.com/compose-spec/compose-go/blob/v2.9.1/dotenv/parser.go
 */
export function parseEnvFile(text: string): ParsedEnvFile {
  const parser = new EnvFileParser(text);
  const assignments: Assignment[] = [];
  while (parser.more()) {
    const read = parser.statement();
    if (read !== null && 'why' in read) return { assignments, mistake: read };
    if (read !== null) assignments.push(read);
  }
  return { assignments, mistake: null };
}

/** White space and comments, line breaks included: what may stand between two statements. */
const GAP = /(?:\p{White_Space}+|#[^\n]*)+/uy;
/** Blanks within a line: what Unicode has beyond these does not count there. */
const BLANKS = /[\t\v\f\r \u0085\u00a0]*/y;
const EXPORT = /export(?=[\t\n\f\r ])/y;
/** A name may hold blanks as far as this goes; spaces are refused later on. */
const NAME = /[\t\v\f\r \u0085\u00a0\p{L}\p{N}_.\-[\]]*/uy;
const LINE = /[^\n]*/y;
const TRAILING = /\p{White_Space}+$/u;

class EnvFileParser {
  #at = 0;

  constructor(readonly text: string) {}

  /** True if there is a further statement: skips what stands before it. */
  more(): boolean {
    this.#take(GAP);
    return this.#at < this.text.length;
  }

  /** The next statement; null for one that sets nothing. */
  statement(): Assignment | EnvFileMistake | null {
    if (this.#take(EXPORT) !== '') this.#take(BLANKS);
    const start = this.#at;
    if (start === this.text.length) return { why: 'no-name', at: start };
    const name = this.#take(NAME).replace(TRAILING, '');
    const end = this.text[this.#at];
    // A name at the very end, without a line break, is to docker compose a value without a name.
    if (end === undefined) return null;
    if (!['=', ':', '\n'].includes(end)) return { why: 'name', at: this.#at };
    this.#at += 1;
    const blank = name.indexOf(' ');
    if (blank >= 0) return { why: 'blank-in-name', at: start + blank };
    this.#take(BLANKS);
    if (end === '\n') return null;
    return this.#assignment(name);
  }

  #assignment(name: string): Assignment | EnvFileMistake {
    const start = this.#at;
    const quote = this.text[start];
    if (quote === '"' || quote === "'") {
      const quoted = readQuoted(this.text, start);
      if (quoted === null) return { why: 'quote', at: start };
      this.#at = quoted.end;
      const open = quote === '"';
      return { name, value: open ? withoutEscapes(quoted.inner) : quoted.inner, open };
    }
    const line = this.#take(LINE);
    const [beforeComment = ''] = line.split(' #', 1);
    const { length } = beforeComment.replace(TRAILING, '');
    this.#at += 1;
    return { name, value: placed(this.text, start, start + length), open: true };
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match === null) return '';
    this.#at = pattern.lastIndex;
    return match[0];
  }
}
