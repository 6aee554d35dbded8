import { describe, expect, it } from 'vitest';
import { count, formatDuration, indent } from '../../src/report/text.ts';

describe('a duration', () => {
  it.each([
    [0, '0 ms'],
    [85.4, '85 ms'],
    [999, '999 ms'],
    [1000, '1.0 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [7_384_000, '123 min 04 s'],
  ])('%d ms is shown as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

it('counts in words', () => {
  expect([0, 1, 2].map((number) => count(number, 'image'))).toEqual([
    '0 images',
    '1 image',
    '2 images',
  ]);
});

it('moves every line to the right', () => {
  expect(indent('a\nb', '  | ')).toBe('  | a\n  | b');
});
