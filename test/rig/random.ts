/** Chance that can be replayed: the same seed gives the same choices. */
export interface Random {
  /** From 0 to below `limit`. */
  below(limit: number): number;
  /** True in so many of a hundred cases. */
  chance(percent: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Between `least` and `most` of what `make` gives. */
  several<T>(least: number, most: number, make: () => T): T[];
}

/** Mulberry32: small, quick, and good enough to shuffle tests with. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    chance: (percent) => below(100) < percent,
    pick: (items) => items[below(items.length)]!,
    several: (least, most, make) =>
      Array.from({ length: least + below(most - least + 1) }, () => make()),
  };
}

/**
 * The seed that DIFFERENTIAL_SEED gives: a number, or `random` for one of its own. Without it always the same, so that a
 * test run fails by a change and not by chance.
 */
export function seedFromEnvironment(): number {
  const { DIFFERENTIAL_SEED: given = '1' } = process.env;
  return given === 'random' ? Math.floor(Math.random() * 1_000_000_000) : Number(given);
}
