/**
 * One step of a regular expression, as a machine with no memory of its way can follow it. `read`
 * takes one character; `assert` looks at what stands on either side and takes none; `jump` goes on
 * `by` steps further (or back), counted from the next; `fork` goes on there and at the next step too;
 * at `end` all has matched.
 */
export type Instruction =
  | { readonly do: 'read'; accepts(char: string): boolean }
  | { readonly do: 'assert'; holds(before: Side, after: Side): boolean }
  | { readonly do: 'jump' | 'fork'; readonly by: number }
  | { readonly do: 'end' };

/** What stands beside a position: nothing, a word character (`[0-9A-Za-z_]`), or another one. */
export type Side = 'nothing' | 'word' | 'other';

/** Follows all ways through a pattern at once, so that no pattern can make it slow. */
export interface Automaton {
  /** Does the whole text match? */
  matches(text: string): boolean;
  /** Could a longer text that begins with this one match? Yes, unless it is sure that none can. */
  canGoOn(text: string): boolean;
}

/** The steps that may come next after some text. */
interface State {
  readonly steps: readonly number[];
  readonly before: Side;
  /** By the next character; filled in as they are met. */
  readonly next: Map<string, State>;
}

/** More states than real patterns ever need; hostile ones begin anew instead of filling memory. */
const STATE_LIMIT = 2000;

/**
 * An automaton for the steps. It takes time proportional to the text's length, times the number of
 * steps at worst; states are made as they are met and remembered, as RE2 does
 * (https://swtch.com/~rsc/regexp/regexp1.html).
 */
export function automaton(steps: readonly Instruction[]): Automaton {
  const states = new Map<string, State>();

  function stateOf(at: readonly number[], before: Side): State {
    const key = `${before} ${at.join(' ')}`;
    const known = states.get(key);
    if (known) return known;
    if (states.size >= STATE_LIMIT) states.clear();
    const state = { steps: at, before, next: new Map<string, State>() };
    states.set(key, state);
    return state;
  }

  function advance(state: State, char: string): State {
    const after = sideOf(char);
    const moved = reach(steps, state, after).flatMap((at) => {
      const step = steps[at];
      return step?.do === 'read' && step.accepts(char) ? [at + 1] : [];
    });
    return stateOf([...new Set(moved)].sort(ascending), after);
  }

  function follow(text: string): State {
    let state = stateOf([0], 'nothing');
    for (const char of text) {
      let next = state.next.get(char);
      if (!next) {
        next = advance(state, char);
        state.next.set(char, next);
      }
      state = next;
      if (state.steps.length === 0) break;
    }
    return state;
  }

  return {
    matches(text) {
      return reach(steps, follow(text), 'nothing').some((at) => steps[at]?.do === 'end');
    },
    canGoOn(text) {
      const state = follow(text);
      const ahead = [...reach(steps, state, 'word'), ...reach(steps, state, 'other')];
      return ahead.some((at) => steps[at]?.do === 'read');
    },
  };
}

/** All steps that can be reached from a state without taking a character. */
function reach(steps: readonly Instruction[], state: State, after: Side): number[] {
  const reached = new Set<number>();
  const ahead = [...state.steps];
  for (let at = ahead.pop(); at !== undefined; at = ahead.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    const step = steps[at];
    if (step?.do === 'jump' || step?.do === 'fork') ahead.push(at + 1 + step.by);
    if (step?.do === 'fork') ahead.push(at + 1);
    if (step?.do === 'assert' && step.holds(state.before, after)) ahead.push(at + 1);
  }
  return [...reached];
}

function sideOf(char: string): Side {
  return /^\w$/.test(char) ? 'word' : 'other';
}

function ascending(one: number, other: number): number {
  return one - other;
}
