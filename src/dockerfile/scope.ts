import { expand, UNKNOWN } from './expand.ts';
import type { Globals } from './globals.ts';
import type { Instruction } from './instruction.ts';
import { type Pair, pairsOf } from './pairs.ts';
import { isSetByDocker } from './predefined.ts';
import type { BuildStage } from './stages.ts';

/** What a build sets before the first stage begins. */
export interface Variables {
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly unhashedBuildArgs: ReadonlyMap<string, string>;
  readonly globals: Globals;
}

/** A text with its variables replaced. */
export interface Expanded {
  /** Null where only docker can tell. */
  readonly text: string | null;
  /** False where the base image, which nobody has looked at, may have another value. */
  readonly sure: boolean;
}

/**
 * The variables of a stage, as far as they are known before docker builds: it is to `pass` the stage's
 * instructions one by one.
 */
export class Scope {
  readonly #values: Map<string, Expanded>;
  /** There is no base image that could set variables. */
  readonly #closed: boolean;
  readonly #variables: Variables;

  /** `earlier` are the scopes that the stages before it have left. */
  constructor(stage: BuildStage, variables: Variables, earlier: ReadonlyMap<BuildStage, Scope>) {
    const parent = stage.parent === null ? undefined : earlier.get(stage.parent);
    this.#variables = variables;
    this.#values = new Map(parent === undefined ? [] : parent.#values);
    this.#closed = parent === undefined ? stage.base === 'scratch' : parent.#closed;
  }

  pass(instruction: Instruction): void {
    if (instruction.keyword !== 'ARG' && instruction.keyword !== 'ENV') return;
    // Docker works out all values of an instruction before it sets one.
    const values = pairsOf(instruction).map((pair): [string, Expanded | null] => [
      pair.name,
      instruction.keyword === 'ENV'
        ? this.expand(pair.value ?? '', instruction)
        : this.#argument(pair, instruction),
    ]);
    for (const [name, value] of values) if (value !== null) this.#values.set(name, value);
  }

  expand(word: string, { escape: mark }: Instruction): Expanded {
    let sure = true;
    const lookUp = (name: string) => {
      const value = this.#values.get(name);
      sure &&= value === undefined ? this.#closed : value.sure;
      return value === undefined && this.#closed ? null : (value?.text ?? UNKNOWN);
    };
    return { text: expand(word, lookUp, mark), sure };
  }

  /** The value of a variable; null where there is none, or only docker can tell. */
  valueOf(name: string): string | null {
    return this.#values.get(name)?.text ?? null;
  }

  /** Null for one that has no value. */
  #argument({ name, value }: Pair, instruction: Instruction): Expanded | null {
    const { buildArgs, unhashedBuildArgs, globals } = this.#variables;
    // An ENV of that name wins, or does not: docker has changed its mind about it.
    const sure = this.#closed && !this.#values.has(name);
    const given = buildArgs.get(name) ?? unhashedBuildArgs.get(name);
    if (given !== undefined) return { text: given, sure };
    if (value !== null) {
      const standard = this.expand(value, instruction);
      return { text: standard.text, sure: sure && standard.sure };
    }
    const global = globals.get(name);
    if (global !== undefined) return { text: typeof global === 'string' ? global : null, sure };
    return isSetByDocker(name) ? { text: null, sure: false } : null;
  }
}
