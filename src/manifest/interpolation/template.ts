/** A string of the manifest, taken apart at its interpolations. */
export type Template = readonly Piece[];

type Piece = string | VariablePiece | RefPiece;

/** `${NAME}`, `${NAME:-word}` and their like; `start` and `end` are offsets in the string. */
export interface VariablePiece {
  readonly kind: 'variable';
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly operator: Operator | null;
  /** What follows the operator. */
  readonly word: Template;
}

/** `${images.KEY.ref}` */
interface RefPiece {
  readonly kind: 'ref';
  readonly start: number;
  readonly end: number;
  readonly key: string;
}

/** As in a POSIX shell: with the colon, an empty variable counts as unset. */
type Operator = ':-' | '-' | ':?' | '?' | ':+' | '+';

/** An interpolation that cannot be understood. Thrown and caught in this room. */
export class TemplateError extends Error {
  constructor(
    message: string,
    readonly advice: string,
    readonly start: number,
    readonly end: number,
  ) {
    super(message);
  }
}

/** How deep defaults may nest: `${A:-${B:-…}}`. */
const MAX_DEPTH = 20;

const PLAIN = /[^$}]+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /:?[-?+]/y;
const IMAGE_REF = /images\.([^{}$\s]+)\.ref\}/y;

/** Takes a string apart. Throws a `TemplateError` at the first interpolation that is not one. */
export function parseTemplate(text: string): Template {
  return new TemplateParser(text).pieces(0);
}

class TemplateParser {
  #at = 0;

  constructor(readonly text: string) {}

  /** The pieces up to the end, or within an interpolation up to its `}`. */
  pieces(depth: number): Template {
    const pieces: Piece[] = [];
    while (this.#at < this.text.length && !(depth > 0 && this.text[this.#at] === '}')) {
      pieces.push(this.#piece(depth));
    }
    return pieces;
  }

  #piece(depth: number): Piece {
    const plain = this.#take(PLAIN);
    if (plain !== null) return plain[0];
    const start = this.#at;
    if (this.text.startsWith('${', start)) return this.#interpolation(start, depth);
    const escaped = this.text.startsWith('$$', start);
    this.#at += escaped ? 2 : 1;
    const character = this.text[start] ?? '';
    const name = character === '$' && !escaped ? this.#take(NAME) : null;
    if (name === null) return character;
    throw new TemplateError(
      `\`$${name[0]}\` is not interpolated without braces`,
      `write \`\${${name[0]}}\` for the variable's value, or \`$$${name[0]}\` for the text itself`,
      start,
      this.#at,
    );
  }

  #interpolation(start: number, depth: number): Piece {
    this.#at += 2;
    const ref = this.#take(IMAGE_REF);
    if (ref !== null) return { kind: 'ref', start, end: this.#at, key: ref[1] ?? '' };
    const name = this.#take(NAME)?.[0];
    const operator = (this.#take(OPERATOR)?.[0] ?? null) as Operator | null;
    if (name === undefined) throw this.#notKnown(start);
    if (depth >= MAX_DEPTH) throw this.#tooDeep(start);
    const word = operator === null ? [] : this.pieces(depth + 1);
    if (this.#at >= this.text.length) throw this.#unclosed(start);
    if (this.text[this.#at] !== '}') throw this.#notKnown(start);
    this.#at += 1;
    return { kind: 'variable', start, end: this.#at, name, operator, word };
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #notKnown(start: number): TemplateError {
    const [shown = '${'] = /\$\{[^}\n]{0,40}\}?/.exec(this.text.slice(start, start + 50)) ?? [];
    if (!shown.endsWith('}')) return this.#unclosed(start);
    const advice = shown.startsWith('${images.')
      ? 'of an image there is `${images.KEY.ref}`'
      : 'write `${NAME}`, `${NAME:-default}`, `${images.KEY.ref}`, or `$${` for the text `${`';
    return new TemplateError(
      `\`${shown}\` is no interpolation`,
      advice,
      start,
      start + shown.length,
    );
  }

  #unclosed(start: number): TemplateError {
    const advice = 'close it with `}`, or write `$${` for the text `${`';
    return new TemplateError('this `${` is not closed', advice, start, start + 2);
  }

  #tooDeep(start: number): TemplateError {
    const message = `interpolations nest more than ${MAX_DEPTH} deep`;
    return new TemplateError(message, 'use fewer defaults within defaults', start, start + 2);
  }
}
