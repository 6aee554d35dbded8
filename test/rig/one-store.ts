import { inject } from 'vitest';
import type { Store } from './engine/index.ts';
import { test } from './engine-test.ts';

/**
 * The `test` for what has nothing to do with how images are stored: what it makes runs with one of the image stores, in
 * turn, and is not there with the other one. To be called once a file. docs/decisions/0038 says what runs with both.
 */
export function inTurn(first: Store = 'classic'): typeof test {
  let isMine = inject('store') !== first;
  const it = (...args: Parameters<typeof test>) => {
    isMine = !isMine;
    if (isMine) test(...args);
  };
  return it as typeof test;
}

/**
 * The half of the cases, every second one, that runs with the image store of this tier. It is for a table whose answers
 * have nothing to do with how images are stored: so each case runs on a real engine once, and both stores see some.
 */
export function onThisStore<T>(cases: readonly T[]): T[] {
  const rest = inject('store') === 'classic' ? 0 : 1;
  return cases.filter((_, at) => at % 2 === rest);
}
