import type { Instruction, Side } from './automaton.ts';

/** Small programs of steps, and how greater ones are made of them. */
export type Steps = readonly Instruction[];

/** Takes one character that the class of a JavaScript regular expression accepts. */
export function oneOf(characterClass: string, flags: 'su' | 'sv' = 'su'): Instruction {
  const regexp = new RegExp(`^${characterClass}$`, flags);
  return { do: 'read', accepts: (char) => regexp.test(char) };
}

/** Takes just this character. */
export function literal(only: string): Instruction {
  return { do: 'read', accepts: (char) => char === only };
}

/** Where the text begins, and where it ends. */
export const BEGIN: Instruction = { do: 'assert', holds: (before) => before === 'nothing' };
export const END: Instruction = { do: 'assert', holds: (_before, after) => after === 'nothing' };

/** Between a word character and something else. */
export const EDGE: Instruction = { do: 'assert', holds: isEdge };
export const NO_EDGE: Instruction = {
  do: 'assert',
  holds: (before, after) => !isEdge(before, after),
};

function isEdge(before: Side, after: Side): boolean {
  return (before === 'word') !== (after === 'word');
}

/** Any one of the branches. */
export function either(branches: readonly Steps[]): Instruction[] {
  let ahead = branches.reduce((sum, branch) => sum + branch.length + 2, -2);
  return branches.flatMap((branch, index): Steps => {
    if (index === branches.length - 1) return branch;
    ahead -= branch.length + 2;
    return [{ do: 'fork', by: branch.length + 1 }, ...branch, { do: 'jump', by: ahead }];
  });
}

/** The steps so many times in a row; `most` may be infinite. */
export function times(steps: Steps, least: number, most: number): Instruction[] {
  const needed = Array<Steps>(least).fill(steps).flat();
  if (most === Number.POSITIVE_INFINITY) return [...needed, ...anyTimes(steps)];
  const optional: Instruction[] = [{ do: 'fork', by: steps.length }, ...steps];
  return [
    ...needed,
    ...Array<Instruction[]>(most - least)
      .fill(optional)
      .flat(),
  ];
}

/** The steps any number of times in a row. */
function anyTimes(steps: Steps): Instruction[] {
  return [{ do: 'fork', by: steps.length + 1 }, ...steps, { do: 'jump', by: -(steps.length + 2) }];
}

const ANYTHING = anyTimes([oneOf('.')]);

/** Lets the steps match anywhere in a text, but for the sides that they are tied to. */
export function anywhere(steps: Steps): Instruction[] {
  const before = steps[0] === BEGIN ? [] : ANYTHING;
  const after = steps.at(-1) === END ? [] : ANYTHING;
  return [...before, ...steps, ...after, { do: 'end' }];
}
