import { expect, test } from 'vitest';
import { partMatcher } from '../../src/model/source-glob.ts';

test.each([
  ['abc', 'abc', true],
  ['*', 'abc', true],
  ['*', '', true],
  ['*c', 'abc', true],
  ['a*', 'a', true],
  ['a*', 'abc', true],
  ['a*c', 'abd', false],
  ['a*b*c*d*e*', 'axbxcxdxe', true],
  ['a*b*c*d*e*', 'axbxcxdxexxx', true],
  ['a*b?c*x', 'abxbbxdbxebxczzx', true],
  ['a*b?c*x', 'abxbbxdbxebxczzy', false],
  ['ab[c]', 'abc', true],
  ['ab[b-d]', 'abc', true],
  ['ab[e-g]', 'abc', false],
  ['ab[^c]', 'abc', false],
  ['ab[^b-d]', 'abc', false],
  ['ab[^e-g]', 'abc', true],
  ['ab[!e]', 'abe', true],
  ['ab[!e]', 'abc', false],
  ['a?b', 'a☺b', true],
  ['a[^a]b', 'a☺b', true],
  ['a???b', 'a☺b', false],
  ['[a-ζ]*', 'α', true],
  ['*[a-ζ]', 'A', false],
  ['[x-]', 'x', null],
  ['[-x]', 'x', null],
  ['[]a]', ']', null],
  ['[a', 'a', null],
  ['[z-a]', 'a', null],
  ['a\\*b', 'a*b', null],
  ['a.b', 'axb', false],
  ['*.txt', '.txt', true],
  ['*', '.hidden', true],
])('%s against %s: %s', (pattern, name, expected) => {
  expect(partMatcher(pattern)?.(name) ?? null).toBe(expected);
});

test('a pattern that would make others slow ends at once', () => {
  const matcher = partMatcher('*a'.repeat(50));
  const start = performance.now();
  expect(matcher?.(`${'a'.repeat(5000)}b`)).toBe(false);
  expect(performance.now() - start).toBeLessThan(1000);
});
