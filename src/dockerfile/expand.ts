/** The value of a variable; null where it has none that is known before docker builds. */
export type LookUp = (name: string) => string | null;

/**
 * A word with its quotes taken off and its variables replaced, as a Dockerfile does: `$A`, `${A}`,
 * `${A:-word}`, `${A:+word}`, `${A:?message}`. Null where a variable has no value, or a form is used
 * that only docker itself can work out.
 *
 * Rules: https://docs.docker.com/reference/dockerfile/#environment-replacement, in BuildKit's
 * frontend/dockerfile/shell/lex.go.
 */
export function expand(word: string, lookUp: LookUp, escapeChar = '\\'): string | null {
  const expansion = new Expansion(word, lookUp, escapeChar);
  const text = expansion.until(null);
  return expansion.open || expansion.broken ? null : text;
}

const NAME = /[\p{L}_][\p{L}\p{Nd}_]*|\p{Nd}+|[@*#?$!-]/uy;

/** `${A:-${B:-…}}`: deeper than this nobody writes. */
const DEEPEST = 100;

class Expansion {
  /** Something in the word can only be known by docker. */
  open = false;
  /** It is no word that docker would take. */
  broken = false;
  #at = 0;
  #depth = 0;

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
      else text += character === this.escapeChar ? this.#next() : character;
    }
    if (stop !== null) this.broken = true;
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

  #quoted(): string {
    const end = this.word.indexOf("'", this.#at);
    if (end < 0) this.broken = true;
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
      else if (character === this.escapeChar && ['"', '$', this.escapeChar].includes(this.#peek()))
        text += this.#next();
      else text += character;
    }
    this.broken = true;
    return text;
  }

  #variable(): string {
    if (this.#peek() !== '{') {
      const name = this.#name();
      return name === '' ? '$' : this.#known(this.lookUp(name));
    }
    this.#at += 1;
    const name = this.#name();
    if (name === '') this.broken = true;
    const value = this.lookUp(name);
    const operator = this.#next();
    if (operator === '}') return this.#known(value);
    return operator === ':'
      ? this.#modified(this.#next(), value === '' ? null : value)
      : this.#modified(operator, value);
  }

  /** `${NAME-word}` and its like; with a colon an empty value counts as none. */
  #modified(operator: string, value: string | null): string {
    if (operator === '-' || operator === '+' || operator === '?') {
      // What is not used need not be known.
      const used = operator === '-' ? value === null : operator === '+' && value !== null;
      const word = this.#alternative(used);
      if (operator === '+') return word;
      return operator === '-' && used ? word : this.#known(value);
    }
    this.open = true;
    return '';
  }

  #alternative(used: boolean): string {
    const before = this.open;
    this.#depth += 1;
    const word = this.until('}');
    this.#depth -= 1;
    if (used) return word;
    this.open = before;
    return '';
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.word)?.[0] ?? '';
    this.#at += name.length;
    return name;
  }

  #known(value: string | null): string {
    if (value === null) this.open = true;
    return value ?? '';
  }
}
