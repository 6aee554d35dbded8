import { describe, expect, it } from 'vitest';
import {
  count,
  formatDuration,
  indent,
  printable,
  printableLine,
  printableLines,
} from '../../src/report/text.ts';

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
  expect([0, 1, 2].map((number) => count(number, 'retry', 'retries'))).toEqual([
    '0 retries',
    '1 retry',
    '2 retries',
  ]);
});

it('moves every line to the right', () => {
  expect(indent('a\nb', '  | ')).toBe('  | a\n  | b');
});

describe("a program's line on a terminal", () => {
  it.each([
    ['plain', 'plain'],
    ['\ttab', '\ttab'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b[2J\u001b[1;1Hcleared', 'cleared'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001bMup', 'up'],
    ['a\u001b', 'a\ufffd'],
    ['bell\u0007', 'bell\ufffd'],
    ['one\r 10%\r100%', '100%'],
    ['end\r', 'end'],
    ['\r', ''],
    ['', ''],
    ['caf\u00e9 \u{1f600}', 'caf\u00e9 \u{1f600}'],
  ])('%j is %j', (line, shown) => {
    expect(printableLine(line)).toBe(shown);
  });

  it('stays in its place among others', () => {
    expect(printableLines('a\r\n\n\u001b[1mb')).toBe('a\n\nb');
  });
});

it('shows control characters as something of the same width', () => {
  expect(printable('a\u0000b\u001bc\td')).toBe('a\ufffdb\ufffdc\td');
});
