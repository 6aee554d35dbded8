import { parseGlob, replaced, withoutPrefix, withoutSuffix } from './glob.ts';

/** For a variable whose value only docker knows. */
export const UNKNOWN = Symbol('unknown');

/** For one that is declared without a value: empty for some of docker's versions, unset for others. */
export const BARE = Symbol('bare');

/** The value of a variable; null where it is not set. */
export type LookUp = (name: string) => string | null | typeof UNKNOWN | typeof BARE;

/**
 * A word with its quotes taken off and its variables replaced, as a Dockerfile does. Null where only
 * docker can tell, where its versions differ, or where none of them takes the word.
 *
 * Rules: https://docs.docker.com/reference/dockerfile/#environment-replacement, in
 * https://github.com/moby/buildkit/blob/v0.25.1/frontend/dockerfile/shell/lex.go
 */
export function expand(word: string, lookUp: LookUp, escapeChar = '\\'): string | null {
  const expansion = new Expansion(word, lookUp, escapeChar);
  const text = expansion.until(null);
  return expansion.open || expansion.broken ? null : text;
}

/**
 * What a word opens and does not close, for which every docker refuses it: a quote, or `${`. Null where it is
 * whole in this.
 */
export function unclosedIn(word: string, escapeChar = '\\'): string | null {
  const expansion = new Expansion(word, () => UNKNOWN, escapeChar);
  expansion.until(null);
  return expansion.unclosed;
}

const NAME = /[\p{L}_][\p{L}\p{Nd}_]*|\p{Nd}+|[@*#?$!-]/uy;

/** `${A:-${B:-…}}`: no real file nests deeper than this. */
const DEEPEST = 100;

class Expansion {
  /** Something in the word can only be known by docker. */
  open = false;
  /** It is no word that docker would take. */
  broken = false;
  /** What was opened last, when the word came to its end. */
  unclosed: string | null = null;
  #at = 0;
  #depth = 0;
  /** Within a pattern: what takes a meaning away stays, for the pattern to read. */
  #keepsEscapes = false;

  constructor(
    readonly word: string,
    readonly lookUp: LookUp,
    readonly escapeChar: string,
  ) {}

  /** Up to a character, which is passed over; null: to the end of the word. */
  until(stop: string | null): string {
    let text = '';
    if (this.#depth > DEEPEST) this.open = true;
    while (this.#at < this.word.length && this.#depth <= DEEPEST) {
      const character = this.#next();
      if (character === stop) return text;
      if (character === "'") text += this.#quoted();
      else if (character === '"') text += this.#doublyQuoted();
      else if (character === '$') text += this.#variable();
      else if (character === this.escapeChar) text += this.#escape() + this.#next();
      else text += character;
    }
    if (stop !== null) this.#endedIn('${');
    return text;
  }

  #next(): string {
    const character = this.word.charAt(this.#at);
    this.#at += 1;
    return character;
  }

  #peek(): string {
    return this.word.charAt(this.#at);
  }

  #escape(): string {
    return this.#keepsEscapes ? this.escapeChar : '';
  }

  #quoted(): string {
    const end = this.word.indexOf("'", this.#at);
    if (end < 0) this.#endedIn("'");
    const text = this.word.slice(this.#at, end < 0 ? undefined : end);
    this.#at += text.length + 1;
    return text;
  }

  #doublyQuoted(): string {
    let text = '';
    while (this.#at < this.word.length) {
      const character = this.#next();
      if (character === '"') return text;
      if (character === '$') text += this.#variable();
      else if (character !== this.escapeChar) text += character;
      else if (['"', '$', this.escapeChar].includes(this.#peek()))
        text += this.#escape() + this.#next();
      else text += this.#escape() + character;
    }
    this.#endedIn('"');
    return text;
  }

  /** The word is at its end, or deeper than is looked into. */
  #endedIn(opened: string): void {
    this.broken = true;
    if (this.#depth <= DEEPEST) this.unclosed ??= opened;
  }

  #variable(): string {
    if (this.#peek() !== '{') {
      const name = this.#name();
      return name === '' ? '$' : this.#plain(this.lookUp(name));
    }
    this.#at += 1;
    const name = this.#name();
    if (name === '') this.broken = true;
    const value = this.lookUp(name);
    const operator = this.#next();
    if (operator === '}') return this.#plain(value);
    if (operator === '/') return this.#replaced(value);
    return operator === ':'
      ? this.#modified(this.#next(), value === '' || value === BARE ? null : value)
      : this.#modified(operator, value);
  }

  /** `${NAME-word}` and its like; with a colon an empty value counts as none. */
  #modified(operator: string, value: ReturnType<LookUp>): string {
    switch (operator) {
      case '-':
      case '+':
      case '?':
        return this.#alternative(operator, value);
      case '#':
      case '%':
        return this.#trimmed(operator, value);
      default:
        this.broken = true;
        this.#word('}', false);
        return '';
    }
  }

  #alternative(operator: '-' | '+' | '?', value: ReturnType<LookUp>): string {
    const before = this.open;
    const word = this.#word('}', false);
    const isSet = typeof value === 'string';
    const isUsed = operator === '-' ? value === null : operator === '+' && isSet;
    // What is not used need not be known.
    if (!isUsed) this.open = before;
    if (value === UNKNOWN || value === BARE) this.open = true;
    if (operator === '?' && value === null) this.broken = true;
    if (isUsed) return word;
    return isSet && operator !== '+' ? value : '';
  }

  /** `${NAME#pattern}`, `${NAME%pattern}` and, for as much as can be, `##` and `%%`. */
  #trimmed(operator: '#' | '%', value: ReturnType<LookUp>): string {
    const word = this.#word('}', true);
    const longest = word.startsWith(operator);
    const glob = parseGlob(longest ? word.slice(1) : word);
    const text = this.#plain(value);
    if (glob === null || text.length > LONGEST) this.open = true;
    if (glob === null || this.open) return '';
    return operator === '#'
      ? withoutPrefix(text, glob, longest)
      : withoutSuffix(text, glob, longest);
  }

  /** `${NAME/pattern/word}` and, for each match, `${NAME//pattern/word}`. */
  #replaced(value: ReturnType<LookUp>): string {
    const each = this.#peek() === '/';
    if (each) this.#at += 1;
    const glob = parseGlob(this.#word('/', true));
    const by = this.#word('}', true);
    const text = this.#plain(value);
    // In Go's templates `$` stands for groups.
    const isOdd = glob === null || (each && by.includes('$')) || text.length > LONGEST;
    if (isOdd) this.open = true;
    return isOdd || this.open ? '' : replaced(text, glob, by, each);
  }

  /** The word of an operator. */
  #word(stop: string, isPattern: boolean): string {
    const before = this.#keepsEscapes;
    this.#keepsEscapes = isPattern;
    this.#depth += 1;
    const word = this.until(stop);
    this.#depth -= 1;
    this.#keepsEscapes = before;
    return word;
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.word)?.[0] ?? '';
    this.#at += name.length;
    return name;
  }

  /** The value itself: nothing for a variable that is not set. */
  #plain(value: ReturnType<LookUp>): string {
    if (value === UNKNOWN) this.open = true;
    return typeof value === 'string' ? value : '';
  }
}

/** Nobody takes a longer text apart. */
const LONGEST = 1000;
