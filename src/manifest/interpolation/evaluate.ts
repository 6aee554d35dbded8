import type { Text, TextPart } from '../../model/text.ts';
import type { Dialect, Template, ValueSource, VariablePiece } from './template.ts';

/** A string after interpolation. */
export interface Evaluated {
  readonly text: Text;
  /** The images whose references are in the text, with offsets in the string as written. */
  readonly refs: readonly { readonly key: string; readonly start: number; readonly end: number }[];
  /** Variables that should have a value and have none; nothing stands in their place. */
  readonly unset: readonly Unset[];
}

export interface Unset {
  readonly of: ValueSource;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** It is set, but to an empty string. */
  readonly empty: boolean;
  /** It is `${NAME:?message}` or `${NAME?message}`. */
  readonly required: boolean;
  /** The message of those, if there is one. */
  readonly message: string;
}

/** What a name stands for; undefined for one that has no value. */
export type LookUp = (name: string, of: ValueSource) => string | undefined;

/**
 * Puts values in the place of variables. Words that are not needed are not looked at, but in an env
 * file what they require must be set: docker compose looks at all of them. `fit` makes the words fit that stand in for
 * what files and git say.
 */
export function evaluate(
  template: Template,
  lookUp: LookUp,
  dialect: Dialect,
  fit: ((text: string) => string) | null = null,
): Evaluated {
  const evaluation = new Evaluation(lookUp, dialect, fit);
  evaluation.run(template);
  return { text: joinStrings(evaluation.parts), refs: evaluation.refs, unset: evaluation.unset };
}

class Evaluation {
  readonly parts: TextPart[] = [];
  readonly refs: { key: string; start: number; end: number }[] = [];
  readonly unset: Unset[] = [];

  constructor(
    readonly lookUp: LookUp,
    readonly dialect: Dialect,
    readonly fit: ((text: string) => string) | null,
  ) {}

  run(template: Template): void {
    for (const piece of template) {
      if (typeof piece === 'string') this.parts.push(piece);
      else if (piece.kind === 'variable') this.#variable(piece);
      else {
        const key = this.#name(piece.key);
        if (key === null) continue;
        this.parts.push({ refOf: key });
        this.refs.push({ key, start: piece.start, end: piece.end });
      }
    }
  }

  #variable(piece: VariablePiece): void {
    const name = this.#name(piece.name);
    if (name === null) return;
    const value = this.lookUp(name, piece.of);
    const isSet = piece.operator?.startsWith(':') ? Boolean(value) : value !== undefined;
    const action = piece.operator?.at(-1);
    if (action === '+' ? isSet : action === '-' && !isSet) {
      const start = this.parts.length;
      this.run(piece.word);
      if (piece.of === 'file' || piece.of === 'git') this.#fit(start);
      return;
    }
    if (action !== '+' && !isSet) this.#unset(piece, name, value);
    else if (this.dialect === 'env-file') this.#skip(piece.word);
    if (action !== '+') this.parts.push(value ?? '');
  }

  #fit(start: number): void {
    for (const [at, part] of this.parts.entries())
      if (at >= start && typeof part === 'string') this.parts[at] = this.fit?.(part) ?? part;
  }

  /** Null where something in a name has no value, which is told of. */
  #name(template: Template): string | null {
    const [only, ...more] = template;
    if (typeof only === 'string' && more.length === 0) return only;
    const { text, unset } = evaluate(template, this.lookUp, this.dialect);
    this.unset.push(...unset);
    if (unset.length > 0) return null;
    return text.map((part) => (typeof part === 'string' ? part : '')).join('');
  }

  #unset(
    { of, start, end, operator, word }: VariablePiece,
    name: string,
    value: string | undefined,
  ): void {
    const { text, unset } = evaluate(word, this.lookUp, this.dialect);
    const message = text.map((part) => (typeof part === 'string' ? part : part.refOf)).join('');
    const required = operator !== null;
    this.unset.push({ of, name, start, end, empty: value === '', required, message }, ...unset);
  }

  #skip(word: Template): void {
    const { unset } = evaluate(word, this.lookUp, this.dialect);
    this.unset.push(...unset.filter(({ required }) => required));
  }
}

/** Strings that stand side by side become one. */
function joinStrings(parts: readonly TextPart[]): Text {
  const joined: TextPart[] = [];
  let run: string[] = [];
  const flush = () => {
    if (run.length > 0) joined.push(run.join(''));
    run = [];
  };
  for (const part of parts) {
    if (typeof part === 'string') run.push(part);
    else {
      flush();
      joined.push(part);
    }
  }
  flush();
  return joined;
}
