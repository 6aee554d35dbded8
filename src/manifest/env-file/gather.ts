import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Place, Source } from '../../model/source.ts';
import { evaluate, type Unset } from '../interpolation/evaluate.ts';
import { parseTemplate, TemplateError } from '../interpolation/template.ts';
import type { Environment, Variables } from '../interpolation/variables.ts';
import { mistakeInEnvFile, mistakeInTemplate, mistakeOfUnset, NUL_MISTAKE } from './messages.ts';
import { type Assignment, parseEnvFile } from './parse.ts';

/** What a run knows of variables, and what is wrong with the files that say so. */
export interface Gathered {
  readonly variables: Variables;
  readonly diagnostics: readonly Diagnostic[];
}

/** An env file; `notUtf8` is set where its text is not what its bytes say. */
export interface EnvFile extends Source {
  readonly notUtf8?: Diagnostic;
}

/**
 * The variables of a run: those of the environment, then those of the env files, of which a later one
 * wins. A value may name variables: those of the environment, then those before it in the files.
 */
export function gatherVariables(environment: Environment, files: readonly EnvFile[]): Gathered {
  const own = Object.entries(environment).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  const gathering = new Gathering(new Map(own));
  for (const file of files) gathering.read(file);
  return {
    variables: new Map([...gathering.usable(), ...own]),
    diagnostics: gathering.diagnostics,
  };
}

class Gathering {
  readonly diagnostics: Diagnostic[] = [];
  readonly #values = new Map<string, string>();
  /** The variables whose values have mistakes: what they would lead to is not worth a mistake of its own. */
  readonly #bad = new Set<string>();

  constructor(readonly environment: Variables) {}

  /** What the files say, as far as it can be used. */
  usable(): [string, string][] {
    return [...this.#values].filter(([name]) => !this.#bad.has(name));
  }

  read(file: EnvFile): void {
    const hidden = withoutText(file);
    const { assignments, mistake } = parseEnvFile(file.text);
    for (const assignment of assignments) this.#assign(assignment, hidden, file.notUtf8);
    if (mistake === null) return;
    const place = { source: hidden, start: mistake.at, end: mistake.at + 1 };
    this.diagnostics.push({ ...mistakeInEnvFile(mistake, file.text), place });
  }

  #assign(assignment: Assignment, source: Source, notUtf8: Diagnostic | undefined): void {
    const { name, value } = assignment;
    const text = assignment.open ? this.#interpolate(assignment, source) : value.text;
    // Docker compose takes `=value` too; there is no way to ask for it.
    if (text !== null && name !== '') this.#values.set(name, text);
    if (text === null) this.#bad.add(name);
    const place = placeIn(source, value.at, 0, 1);
    if (text?.includes('\0')) this.#reject(name, { ...NUL_MISTAKE, place });
    // In a comment such bytes do no harm.
    if (notUtf8?.place !== undefined && value.text.includes('\ufffd')) {
      this.#reject(name, { ...notUtf8, place: { ...notUtf8.place, source } });
    }
  }

  #reject(name: string, diagnostic: Diagnostic): void {
    this.#bad.add(name);
    this.diagnostics.push(diagnostic);
  }

  /** The text of a value; null where it has a mistake. */
  #interpolate({ name, value }: Assignment, source: Source): string | null {
    const lookUp = (other: string) => this.environment.get(other) ?? this.#values.get(other);
    try {
      const template = parseTemplate(value.text, 'env-file');
      const { text, unset } = evaluate(template, lookUp, 'env-file');
      // What only makes a value empty does not matter where the environment has another one.
      const told = unset.filter(({ required }) => required || !this.environment.has(name));
      for (const each of told) this.#tell(each, value.at, source);
      return unset.some(({ required }) => required) ? null : text.join('');
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const place = placeIn(source, value.at, error.start, error.end);
      this.diagnostics.push({ ...mistakeInTemplate(error), place });
      return null;
    }
  }

  #tell(unset: Unset, at: readonly number[], source: Source): void {
    const place = placeIn(source, at, unset.start, unset.end);
    this.diagnostics.push({ ...mistakeOfUnset(unset), place });
  }
}

function placeIn(source: Source, at: readonly number[], start: number, end: number): Place {
  const begin = at[start] ?? 0;
  return { source, start: begin, end: (at[end - 1] ?? begin) + 1 };
}

/** The same lines and columns with nothing in them: what an env file holds may be secret. */
function withoutText({ path, text }: Source): Source {
  return { path, text: text.replace(/[^\n]/g, ' ') };
}
