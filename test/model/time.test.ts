import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTimestamp } from '../../src/model/time.ts';

describe('timestamps', () => {
  test.each([
    ['2000-01-01', Date.UTC(2000, 0, 1)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2024-05-06T07:08:09Z', Date.UTC(2024, 4, 6, 7, 8, 9)],
    ['2024-05-06t07:08:09z', Date.UTC(2024, 4, 6, 7, 8, 9)],
    ['2024-05-06 07:08:09+02:00', Date.UTC(2024, 4, 6, 5, 8, 9)],
    ['2024-05-06T07:08:09.25Z', Date.UTC(2024, 4, 6, 7, 8, 9, 250)],
    ['1714979289', 1_714_979_289_000],
  ])('%s', (text, moment) => {
    expect(parseTimestamp(text)).toBe(moment);
  });

  test.each([
    '',
    'now',
    '2023-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-05-06T07:08:09',
    '2024-05-06T25:00:00Z',
    '17149792890000',
  ])('%j is none', (text) => {
    expect(parseTimestamp(text)).toBeNull();
  });

  test('every moment’s own ISO form is read back', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(parseTimestamp(date.toISOString())).toBe(date.getTime());
        },
      ),
    );
  });
});
