import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochOf } from '../../src/inputs/interval.ts';

const at = (text: string) => Date.parse(text);
const Y2000 = at('2000-01-01T00:00:00Z');
const DAY = 86_400;

describe('the epoch of an interval', () => {
  it.each([
    ['its beginning', DAY, Y2000, '2000-01-01T00:00:00Z', 0],
    ['its last moment', DAY, Y2000, '2000-01-01T23:59:59.999Z', 0],
    ['the next one', DAY, Y2000, '2000-01-02T00:00:00Z', 1],
    ['many later', DAY, Y2000, '2026-01-31T12:00:00Z', 9527],
    ['a moment before the offset', DAY, Y2000, '1999-12-31T23:59:59.999Z', -1],
    ['long before it', DAY, Y2000, '1970-01-01T00:00:00Z', -10_957],
    ['another offset', DAY, at('2000-01-01T04:00:00Z'), '2000-01-02T03:59:59Z', 0],
    ['another offset, passed', DAY, at('2000-01-01T04:00:00Z'), '2000-01-02T04:00:00Z', 1],
    ['an offset with a zone', DAY, at('2000-01-01T00:00:00+02:00'), '2000-01-01T22:00:00Z', 1],
    ['weeks', 7 * DAY, Y2000, '2000-01-08T00:00:00Z', 1],
    ['seconds', 1, Y2000, '2000-01-01T00:01:30.5Z', 90],
  ])('at %s', (_, seconds, offset, now, epoch) => {
    expect(epochOf({ seconds, offset }, at(now))).toBe(epoch);
  });

  it('is never minus zero, which JSON would show', () => {
    expect(Object.is(epochOf({ seconds: DAY, offset: 1 }, 1), 0)).toBe(true);
    expect(Object.is(epochOf({ seconds: DAY, offset: 0 }, -0), 0)).toBe(true);
  });

  it('is the same for the length of an interval, and then one more', () => {
    const interval = fc.record({
      seconds: fc.integer({ min: 1, max: 10 * 365 * DAY }),
      offset: fc.integer({ min: 0, max: at('2100-01-01T00:00:00Z') }),
    });
    const index = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(interval, index, fc.double({ min: 0, max: 1, noNaN: true }), (any, n, part) => {
        const begin = any.offset + n * any.seconds * 1000;
        const within = begin + Math.floor(part * (any.seconds * 1000 - 1));
        expect(epochOf(any, begin)).toBe(n);
        expect(epochOf(any, within)).toBe(n);
        expect(epochOf(any, begin + any.seconds * 1000)).toBe(n + 1);
      }),
    );
  });
});
