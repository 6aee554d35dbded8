/**
 * One step of a pattern, as a machine with no memory of its way can follow it: `read` takes one
 * character, `repeat` any number of them, `skip` may leave out the next `count` steps, `assert` looks
 * at what stands on either side without taking it, and at `end` the pattern has matched.
 */
export type Step =
  | { readonly do: 'read' | 'repeat' /** Tests one character. */; readonly accepts: RegExp }
  | { readonly do: 'skip'; readonly count: number }
  | { readonly do: 'assert'; holds(before: Side, after: Side): boolean }
  | { readonly do: 'end' };

/** What stands beside a position: nothing, a word character (`[0-9A-Za-z_]`), or another one. */
export type Side = 'nothing' | 'word' | 'other';

/** Follows all ways through a pattern at once, so that no pattern can make it slow. */
export interface Automaton {
  /** Does the whole text match? */
  matches(text: string): boolean;
  /** Could a text that begins with this one match? Yes, unless it is sure that none can. */
  canStart(prefix: string): boolean;
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
export function automaton(steps: readonly Step[]): Automaton {
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
    const moved = [...reach(steps, state, after)].flatMap((at) => {
      const step = steps[at];
      if (step?.do !== 'read' && step?.do !== 'repeat') return [];
      if (!step.accepts.test(char)) return [];
      return [step.do === 'read' ? at + 1 : at];
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
    matches: (text) =>
      [...reach(steps, follow(text), 'nothing')].some((at) => steps[at]?.do === 'end'),
    canStart: (prefix) => follow(prefix).steps.length > 0,
  };
}

/** All steps that can be reached from a state without taking a character. */
function reach(steps: readonly Step[], state: State, after: Side): Set<number> {
  const reached = new Set<number>();
  const ahead = [...state.steps];
  for (let at = ahead.pop(); at !== undefined; at = ahead.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    const step = steps[at];
    if (step?.do === 'skip') ahead.push(at + 1, at + 1 + step.count);
    else if (step?.do === 'repeat') ahead.push(at + 1);
    else if (step?.do === 'assert' && step.holds(state.before, after)) ahead.push(at + 1);
  }
  return reached;
}

function sideOf(char: string): Side {
  return /^\w$/.test(char) ? 'word' : 'other';
}

function ascending(one: number, other: number): number {
  return one - other;
}
