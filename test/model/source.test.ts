import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPlace, positionOf } from '../../src/model/source.ts';

const at = (text: string, start: number) => ({ source: { path: 'file', text }, start, end: start });

describe('a position', () => {
  test.each([
    ['', 0, 1, 1],
    ['abc', 3, 1, 4],
    ['a\nb', 1, 1, 2],
    ['a\nb', 2, 2, 1],
    ['a\n\n\nb', 4, 4, 1],
    ['a\r\nb', 3, 2, 1],
    ['😀b', 2, 1, 3],
  ])('%j at %i is %i:%i', (text, start, line, column) => {
    expect(positionOf(at(text, start))).toEqual({ line, column });
  });

  test('is that of counting', () => {
    const text = fc.stringMatching(/^[a\n]{0,60}$/);
    fc.assert(
      fc.property(text, fc.nat(60), (text, offset) => {
        const before = text.slice(0, offset).split('\n');
        expect(positionOf(at(text, Math.min(offset, text.length)))).toEqual({
          line: before.length,
          column: (before.at(-1)?.length ?? 0) + 1,
        });
      }),
    );
  });

  test('is written as editors link it', () => {
    expect(formatPlace(at('a\nbc', 3))).toBe('file:2:2');
  });
});
