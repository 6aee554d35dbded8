import { isBlank } from './blanks.ts';

/** What is kept as it is written. */
export interface Kept {
  readonly quotes: boolean;
  readonly escapes: boolean;
}

/**
 * A line cut into words as a shell would, variables left as they are; null where it is no shell's
 * line. Only heredocs are found this way: docker cuts instructions by other rules.
 *
 * Rules: https://github.com/moby/buildkit/blob/v0.25.1/frontend/dockerfile/shell/lex.go
 */
export function shellWords(line: string, kept: Kept): string[] | null {
  try {
    return new Lexer(line, kept).until(undefined, kept.escapes).words;
  } catch (error) {
    if (error instanceof NoShellLine) return null;
    throw error;
  }
}

class NoShellLine extends Error {}

const NAME = /\p{Nd}+|[@*#?$!-]|[\p{L}_][\p{L}\p{Nd}_]*/uy;

/** `${A:-${B:-…}}`: no real file nests deeper than this. */
const DEEPEST = 100;

class Lexer {
  readonly #line: string;
  readonly #quotes: boolean;
  #at = 0;
  #depth = 0;
  #escapes: boolean;
  /** The word that is being read, the one inside of `${NAME-word}` in its place. */
  #word = '';

  constructor(line: string, kept: Kept) {
    this.#line = line;
    this.#quotes = kept.quotes;
    this.#escapes = kept.escapes;
  }

  /** Up to a character, which is passed over; undefined: to the end. */
  until(stop: string | undefined, escapes: boolean): { text: string; words: string[] } {
    if (this.#depth > DEEPEST) throw new NoShellLine();
    this.#depth += 1;
    const before = this.#escapes;
    this.#escapes = escapes;
    this.#word = '';
    const words: string[] = [];
    let text = '';
    const end = () => {
      if (this.#word !== '') words.push(this.#word);
      this.#word = '';
    };
    for (let next = this.#peek(); next !== stop; next = this.#peek()) {
      if (next === undefined) throw new NoShellLine();
      const { part, raw } = this.#part(next);
      text += part;
      if (raw) this.#word += part;
      else {
        for (const character of part) {
          if (isBlank(character)) end();
          else this.#word += character;
        }
      }
    }
    this.#at += 1;
    this.#depth -= 1;
    this.#escapes = before;
    end();
    return { text, words };
  }

  /** What comes next; `raw` where blanks in it end no word. */
  #part(next: string): { part: string; raw: boolean } {
    if (next === '$') return { part: this.#variable(), raw: false };
    if (next === '<') return { part: this.#angle(), raw: true };
    if (next === "'") return { part: this.#single(), raw: true };
    if (next === '"') return { part: this.#double(), raw: true };
    this.#at += 1;
    if (next !== '\\') return { part: next, raw: false };
    const escaped = this.#peek() ?? '';
    this.#at += 1;
    return { part: this.#escapes ? next + escaped : escaped, raw: true };
  }

  #peek(): string | undefined {
    return this.#line[this.#at];
  }

  #single(): string {
    const end = this.#line.indexOf("'", this.#at + 1);
    if (end < 0) throw new NoShellLine();
    const inner = this.#line.slice(this.#at + 1, end);
    this.#at = end + 1;
    return this.#quotes ? `'${inner}'` : inner;
  }

  #double(): string {
    let text = this.#quotes ? '"' : '';
    this.#at += 1;
    for (let next = this.#peek(); next !== undefined; next = this.#peek()) {
      if (next === '$') {
        text += this.#variable();
        continue;
      }
      this.#at += 1;
      if (next === '"') return this.#quotes ? `${text}"` : text;
      if (next !== '\\') {
        text += next;
        continue;
      }
      if (this.#escapes) text += next;
      const escaped = this.#peek();
      if (escaped === undefined) break;
      if ('"$\\'.includes(escaped)) {
        this.#at += 1;
        text += escaped;
      } else text += next;
    }
    throw new NoShellLine();
  }

  /** `<<` keeps the blanks behind it, so that `<< EOF` is one word. */
  #angle(): string {
    this.#at += 1;
    if (this.#peek() !== '<') return '<';
    this.#at += 1;
    let text = '<<';
    for (
      let next = this.#peek();
      next !== undefined && '\t\r '.includes(next);
      next = this.#peek()
    ) {
      text += next;
      this.#at += 1;
    }
    return text;
  }

  #variable(): string {
    this.#at += 1;
    if (this.#peek() !== '{') return `$${this.#name()}`;
    this.#at += 1;
    const first = this.#peek();
    if (first === undefined || '{}:'.includes(first)) throw new NoShellLine();
    const name = this.#name();
    let operator = this.#peek() ?? '';
    this.#at += 1;
    if (operator === '}') return `\${${name}}`;
    if (operator === '/') return this.#replaced(name);
    const colon = operator === ':' ? ':' : '';
    if (colon !== '') {
      operator = this.#peek() ?? '';
      this.#at += 1;
    }
    const trims = operator === '#' || operator === '%';
    if ((trims && colon !== '') || (colon === '' && !'+-?#%'.includes(operator))) {
      throw new NoShellLine();
    }
    const { text } = this.until('}', trims);
    return `\${${name}${colon}${operator}${text}}`;
  }

  #replaced(name: string): string {
    if (this.#peek() === '/') this.#at += 1;
    const { text: pattern } = this.until('/', true);
    const { text: replacement } = this.until('}', true);
    return `\${${name}/${pattern}/${replacement}}`;
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#line)?.[0] ?? '';
    this.#at += name.length;
    return name;
  }
}
