import type { Text, TextPart } from '../../model/text.ts';
import type { Template, VariablePiece } from './template.ts';
import type { Variables } from './variables.ts';

/** A string after interpolation. */
export interface Evaluated {
  readonly text: Text;
  /** The images whose references are in the text, with offsets in the string as written. */
  readonly refs: readonly { readonly key: string; readonly start: number; readonly end: number }[];
  /** Variables that should have a value and have none. */
  readonly unset: readonly Unset[];
}

export interface Unset {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** It is set, but to an empty string. */
  readonly empty: boolean;
  /** The message of `${NAME:?message}`, if there is one. */
  readonly message: string;
}

/** Puts values in the place of variables. Words that are not needed are not looked at. */
export function evaluate(template: Template, variables: Variables): Evaluated {
  const evaluation = new Evaluation(variables);
  evaluation.run(template);
  return { text: joinStrings(evaluation.parts), refs: evaluation.refs, unset: evaluation.unset };
}

class Evaluation {
  readonly parts: TextPart[] = [];
  readonly refs: { key: string; start: number; end: number }[] = [];
  readonly unset: Unset[] = [];

  constructor(readonly variables: Variables) {}

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
    const value = this.variables.get(piece.name);
    const isSet = piece.operator?.startsWith(':') ? Boolean(value) : value !== undefined;
    switch (piece.operator?.at(-1)) {
      case '+':
        if (isSet) this.run(piece.word);
        return;
      case '-':
        if (isSet) this.parts.push(value ?? '');
        else this.run(piece.word);
        return;
      default:
        if (isSet) this.parts.push(value ?? '');
        else this.#missing(piece, value);
    }
  }

  #missing({ name, start, end, word }: VariablePiece, value: string | undefined): void {
    const { text, unset } = evaluate(word, this.variables);
    const message = text.map((part) => (typeof part === 'string' ? part : part.refOf)).join('');
    this.unset.push({ name, start, end, empty: value === '', message }, ...unset);
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
