import type { Text, TextPart } from '../../model/text.ts';
import type { Dialect, Template, VariablePiece } from './template.ts';

/** A string after interpolation. */
export interface Evaluated {
  readonly text: Text;
  /** The images whose references are in the text, with offsets in the string as written. */
  readonly refs: readonly { readonly key: string; readonly start: number; readonly end: number }[];
  /** Variables that should have a value and have none; nothing stands in their place. */
  readonly unset: readonly Unset[];
}

export interface Unset {
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

/** What a variable stands for; undefined for one that is not set. */
export type LookUp = (name: string) => string | undefined;

/**
 * Puts values in the place of variables. Words that are not needed are not looked at, but in an env
 * file what they require must be set: docker compose looks at all of them.
 */
export function evaluate(template: Template, lookUp: LookUp, dialect: Dialect): Evaluated {
  const evaluation = new Evaluation(lookUp, dialect);
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
  ) {}

  run(template: Template): void {
    for (const piece of template) {
      if (typeof piece === 'string') this.parts.push(piece);
      else if (piece.kind === 'variable') this.#variable(piece);
      else {
        this.parts.push({ refOf: piece.key });
        this.refs.push({ key: piece.key, start: piece.start, end: piece.end });
      }
    }
  }

  #variable(piece: VariablePiece): void {
    const value = this.lookUp(piece.name);
    const isSet = piece.operator?.startsWith(':') ? Boolean(value) : value !== undefined;
    const action = piece.operator?.at(-1);
    if (action === '+' ? isSet : action === '-' && !isSet) {
      this.run(piece.word);
      return;
    }
    if (action !== '+' && !isSet) this.#unset(piece, value);
    else if (this.dialect === 'env-file') this.#skip(piece.word);
    if (action !== '+') this.parts.push(value ?? '');
  }

  #unset({ name, start, end, operator, word }: VariablePiece, value: string | undefined): void {
    const { text, unset } = evaluate(word, this.lookUp, this.dialect);
    const message = text.map((part) => (typeof part === 'string' ? part : part.refOf)).join('');
    const required = operator !== null;
    this.unset.push({ name, start, end, empty: value === '', required, message }, ...unset);
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
