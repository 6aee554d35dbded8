import { Braces } from './braces.ts';

/** A string, taken apart at its interpolations. */
export type Template = readonly Piece[];

type Piece = string | VariablePiece | RefPiece;

/** Whose values there are: `${NAME}`, `${file:PATH}`, `${git:sha}`, `${matrix.NAME}`. */
export type ValueSource = 'variable' | 'file' | 'git' | 'matrix';

/** `${NAME}`, `${NAME:-word}` and their like; `start` and `end` are offsets in the string. */
export interface VariablePiece {
  readonly kind: 'variable';
  readonly of: ValueSource;
  readonly start: number;
  readonly end: number;
  /** The path of a file may have interpolations in it. */
  readonly name: Template;
  readonly operator: Operator | null;
  /** What follows the operator. */
  readonly word: Template;
}

/** `${images.KEY.ref}` */
interface RefPiece {
  readonly kind: 'ref';
  readonly start: number;
  readonly end: number;
  /** It may have interpolations in it. */
  readonly key: Template;
}

/** As in a POSIX shell: with the colon, an empty variable counts as unset. */
type Operator = ':-' | '-' | ':?' | '?' | ':+' | '+';

/**
 * Where the string stands. Both are read as docker compose reads them, but in the manifest `$NAME` is
 * refused, and there are images.
 */
export type Dialect = 'manifest' | 'env-file';

/** An interpolation that cannot be understood. Thrown and caught in this room. */
export class TemplateError extends Error {
  constructor(
    readonly why: 'no-braces' | 'not-known' | 'not-closed' | 'too-deep',
    /** As it is written, as far as it can be told. */
    readonly shown: string,
    readonly start: number,
    readonly end: number,
  ) {
    super(`${why}: ${shown}`);
  }
}

/** How deep defaults may nest: `${A:-${B:-…}}`. */
export const MAX_DEPTH = 20;

const NAME = /[a-z_][a-z0-9_]*/iuy;
const OPERATOR = /:?[-?+]/y;
/** A path may have the characters of the other operators in it. */
const COLON_OPERATOR = /:[-?+]/y;
const IMAGE_REF = /images\.(?=[^{}$\s]|\$\{)/y;
const KEY_PART = /[^{}$\s]+/y;
const REF_END = /\}/y;
const FILE = /file:(?=[^-+?{}$:\s]|\$\{)/y;
const PATH_PART = /[^{}$:\n]+/y;
const GIT = /git:([a-z_]+)/y;
const MATRIX = /matrix\.([a-z_][a-z0-9_]*)/iuy;

/** What git can be asked. */
export const GIT_NAMES = ['sha', 'short_sha', 'branch', 'tag', 'describe', 'dirty'] as const;
export type GitName = (typeof GIT_NAMES)[number];

/** Takes a string apart. Throws a `TemplateError` at the first interpolation that is not one. */
export function parseTemplate(text: string, dialect: Dialect): Template {
  return new TemplateParser(text, dialect).pieces(text.length, 0);
}

class TemplateParser {
  #at = 0;

  constructor(
    readonly text: string,
    readonly dialect: Dialect,
  ) {}

  /** The pieces up to an offset: the end of the string, or of the word of an interpolation. */
  pieces(end: number, depth: number): Template {
    const braces = new Braces(this.text, end);
    const pieces: Piece[] = [];
    while (this.#at < end) pieces.push(this.#piece(braces, depth));
    return pieces;
  }

  #piece(braces: Braces, depth: number): Piece {
    const start = this.#at;
    const dollar = this.text.indexOf('$', start);
    if (dollar !== start) return this.#plain(dollar < 0 ? braces.end : dollar, braces.end);
    if (this.text.startsWith('${', start)) return this.#interpolation(start, braces, depth);
    if (this.text.startsWith('$$', start) && start + 2 <= braces.end) {
      this.#at += 2;
      return '$';
    }
    this.#at += 1;
    const name = this.#take(NAME)?.[0];
    if (name === undefined) return '$';
    const end = this.#at;
    if (this.dialect === 'manifest') throw new TemplateError('no-braces', name, start, end);
    return { kind: 'variable', of: 'variable', start, end, name: [name], operator: null, word: [] };
  }

  #plain(until: number, end: number): string {
    const start = this.#at;
    this.#at = Math.min(until, end);
    return this.text.slice(start, this.#at);
  }

  #interpolation(start: number, braces: Braces, depth: number): Piece {
    this.#at += 2;
    const ref = this.#ref(start, braces, depth);
    if (ref !== null) return ref;
    const { of, name } = this.#named(start, braces, depth);
    const operators = of === 'file' ? COLON_OPERATOR : OPERATOR;
    const operator = (this.#take(operators)?.[0] ?? null) as Operator | null;
    const closing = operator === null ? this.#at : braces.closing(start, this.#at);
    if (closing === null || closing >= braces.end) throw this.#notClosed(start);
    if (this.text[closing] !== '}') throw this.#notKnown(start);
    if (depth >= MAX_DEPTH) throw new TemplateError('too-deep', '${', start, start + 2);
    const word = this.#word(start, closing, depth + 1);
    this.#at = closing + 1;
    return { kind: 'variable', of, start, end: this.#at, name, operator, word };
  }

  /** `${images.KEY.ref}`; null where it is none. */
  #ref(start: number, braces: Braces, depth: number): RefPiece | null {
    if (this.dialect !== 'manifest' || this.#take(IMAGE_REF) === null) return null;
    const pieces = this.#parts(KEY_PART, braces, depth);
    const last = pieces.at(-1);
    const isRef = typeof last === 'string' && last.endsWith('.ref') && this.#take(REF_END) !== null;
    if (!isRef || this.#at > braces.end || (pieces.length === 1 && last === '.ref'))
      throw this.#notKnown(start);
    const key = [...pieces.slice(0, -1), last.slice(0, -'.ref'.length)];
    return { kind: 'ref', start, end: this.#at, key };
  }

  /** Whose value it is, and its name. */
  #named(start: number, braces: Braces, depth: number): Pick<VariablePiece, 'of' | 'name'> {
    if (this.dialect === 'manifest') {
      if (this.#take(FILE) !== null)
        return { of: 'file', name: this.#parts(PATH_PART, braces, depth) };
      const git = this.#take(GIT)?.[1];
      if (git !== undefined) {
        if (!GIT_NAMES.some((each) => each === git)) throw this.#notKnown(start);
        return { of: 'git', name: [git] };
      }
      const matrix = this.#take(MATRIX)?.[1];
      if (matrix !== undefined) return { of: 'matrix', name: [matrix] };
    }
    const name = this.#take(NAME)?.[0];
    if (name === undefined) throw this.#notKnown(start);
    return { of: 'variable', name: [name] };
  }

  /** A name with interpolations in it. */
  #parts(plain: RegExp, braces: Braces, depth: number): Piece[] {
    const pieces: Piece[] = [];
    for (;;) {
      const start = this.#at;
      const text = this.#take(plain)?.[0];
      if (text !== undefined) pieces.push(text);
      else if (this.text.startsWith('${', start)) {
        if (depth >= MAX_DEPTH) throw new TemplateError('too-deep', '${', start, start + 2);
        pieces.push(this.#interpolation(start, braces, depth + 1));
      } else return pieces;
    }
  }

  /** One within that is not closed has the outer one's brace. */
  #word(start: number, end: number, depth: number): Template {
    try {
      return this.pieces(end, depth);
    } catch (error) {
      const inner = error instanceof TemplateError && error.why === 'not-closed';
      throw inner ? this.#notClosed(start) : error;
    }
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #notKnown(start: number): TemplateError {
    const [shown = '${'] = /\$\{[^}\n]{0,40}\}?/.exec(this.text.slice(start, start + 50)) ?? [];
    if (!shown.endsWith('}')) return this.#notClosed(start);
    return new TemplateError('not-known', shown, start, start + shown.length);
  }

  #notClosed(start: number): TemplateError {
    return new TemplateError('not-closed', '${', start, start + 2);
  }
}
