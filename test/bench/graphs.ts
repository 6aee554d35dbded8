import { randomFrom } from '../rig/random.ts';

/** Images by number, each with the numbers of its parents, which are smaller. */
export interface Graph {
  readonly name: string;
  readonly parents: readonly (readonly number[])[];
  /** How long a first build may take, to `docker buildx bake`. */
  readonly target: number;
}

const graph = (
  name: string,
  count: number,
  target: number,
  parentsOf: (at: number) => readonly number[],
): Graph => ({
  name,
  target,
  parents: Array.from({ length: count }, (_, at) => parentsOf(at)),
});

const random = randomFrom(5);

/** The shapes that a graph can have: broad and deep, deep, broad, and any. */
export const GRAPHS: readonly Graph[] = [
  graph('4 wide, 5 deep', 20, 1.15, (at) =>
    at < 4 ? [] : [at - 4, at - (at % 4) - 4 + ((at + 1) % 4)],
  ),
  graph('a chain of 20', 20, 1.15, (at) => (at === 0 ? [] : [at - 1])),
  graph('20 independent', 20, 1.15, () => []),
  graph('100 random', 100, 1.3, (at) => {
    const count = Math.min(at, random.below(3));
    return [...new Set(Array.from({ length: count }, () => random.below(at)))];
  }),
];
