import { resolve } from 'node:path';
import { nearest } from '../../model/nearest.ts';
import { safeName } from '../../model/safe-name.ts';
import type { Mistake } from '../findings.ts';
import type { Unset } from './evaluate.ts';
import type { ValueSource } from './template.ts';
import type { Variables } from './variables.ts';

/** What a file or git has to say. */
export type Answer =
  | { readonly is: 'value'; readonly value: string }
  /** There is no such value, which a default may stand in for; `wrong`: nothing may. */
  | { readonly is: 'none' | 'wrong'; readonly message: string; readonly advice: string };

/** Something to ask: a file's text or a fact of git, for a manifest in a folder. */
export interface Question {
  readonly of: 'file' | 'git';
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
}

/** The answers so far. What is used and not among them is written down, to be asked. */
export class Answers {
  readonly #known = new Map<string, Answer>();
  readonly #wanted = new Map<string, Question>();
  readonly #files = new Set<string>();

  get(question: Question): Answer | null {
    const id = idOf(question);
    const known = this.#known.get(id);
    if (known === undefined) this.#wanted.set(id, question);
    return known ?? null;
  }

  set(question: Question, answer: Answer): void {
    this.#known.set(idOf(question), answer);
    if (question.of === 'file') this.#files.add(resolve(question.folder, question.name));
    this.#wanted.delete(idOf(question));
  }

  get wanted(): readonly Question[] {
    return [...this.#wanted.values()];
  }

  /** Absolute paths of the files that were asked for. */
  get files(): readonly string[] {
    return [...this.#files];
  }

  /** What git said, one text for each question. */
  get git(): readonly string[] {
    return [...this.#known].flatMap(([id, answer]) =>
      id.startsWith('git\0') ? `${id} ${answer.is === 'value' ? answer.value : answer.is}` : [],
    );
  }
}

function idOf({ of, folder, name }: Question): string {
  return [of, folder, name].join('\0');
}

/** The values of a matrix in one of its images. */
export interface MatrixValues {
  /** The key of the image; null where that is being made. */
  readonly image: string | null;
  readonly values: ReadonlyMap<string, string>;
  /** Every name that has a value in some image of the entry. */
  readonly names: ReadonlySet<string>;
}

/** What the interpolations of a part of a manifest stand for. */
export interface Values {
  readonly variables: Variables;
  readonly answers: Answers;
  /** Absolute path of the manifest's folder. */
  readonly folder: string;
  readonly matrix: MatrixValues | null;
}

/** The value of a name. In a tag, what comes from files and git is made fit for one. */
export function findValue(
  { variables, answers, folder, matrix }: Values,
  name: string,
  of: ValueSource,
  inTag: boolean,
): string | undefined {
  if (of === 'variable') return variables.get(name);
  if (of === 'matrix') return matrix?.values.get(name);
  const answer = answers.get({ of, folder, name });
  // Not asked yet: it will be read again.
  if (answer === null) return '';
  if (answer.is !== 'value') return undefined;
  return inTag ? safeName(answer.value) : answer.value;
}

/** What nothing may stand in for, of what was used; null where there is none. */
export function wrongAnswer(values: Values, name: string, of: ValueSource): Mistake | null {
  if (of !== 'file' && of !== 'git') return null;
  const answer = values.answers.get({ of, folder: values.folder, name });
  if (answer?.is !== 'wrong') return null;
  return { code: 'no-value', message: answer.message, advice: answer.advice };
}

/** What to say of a name without a value. */
export function unsetMistake(unset: Unset, values: Values): Mistake {
  const { of, message } = unset;
  const said = of === 'variable' ? unsetVariable(unset) : unanswered(unset, values);
  return message === '' ? said : { ...said, message: `${said.message}: ${message}` };
}

function unsetVariable({ name, empty }: Unset): Mistake {
  return {
    code: 'unset-variable',
    message: `the variable \`${name}\` is ${empty ? 'empty' : 'not set'}`,
    advice: empty
      ? 'give it a value in the environment, an --env-file or the `.env` beside the manifest'
      : `set it in the environment, an --env-file or the \`.env\` beside the manifest, or write \`\${${name}:-default}\``,
  };
}

function unanswered({ of, name, empty }: Unset, values: Values): Mistake {
  const shown = of === 'matrix' ? `matrix.${name}` : `${of}:${name}`;
  if (empty)
    return {
      code: 'no-value',
      message: `\`${shown}\` is empty`,
      advice: `write \`\${${shown}:-default}\``,
    };
  if (of === 'matrix') return noMatrixValue(name, values.matrix);
  const answer = of === 'variable' ? null : values.answers.get({ of, folder: values.folder, name });
  const said = answer === null || answer.is === 'value' ? { message: shown, advice: '' } : answer;
  const advice = `${said.advice}, or write \`\${${shown}:-default}\``;
  return { code: 'no-value', message: said.message, advice };
}

function noMatrixValue(name: string, matrix: MatrixValues | null): Mistake {
  const code = 'no-value';
  if (matrix === null)
    return {
      code,
      message: `there is no matrix here that \`${name}\` could be of`,
      advice: '`${matrix.NAME}` is for the entries of `images` that have a `matrix`',
    };
  if (matrix.names.has(name))
    return {
      code,
      message: `\`${name}\` has no value in ${matrix.image === null ? 'every image' : `\`${matrix.image}\``}`,
      advice: `write \`\${matrix.${name}:-default}\`, or give it one in \`include\``,
    };
  const near = nearest(name, matrix.names);
  return {
    code,
    message: `the matrix has no \`${name}\``,
    advice:
      near === null
        ? `it has ${[...matrix.names].map((each) => `\`${each}\``).join(', ')}`
        : `did you mean \`${near}\`?`,
  };
}
