import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDuration } from '../../src/manifest/duration.ts';

describe('durations', () => {
  test.each([
    ['90s', 90],
    ['15m', 900],
    ['12h', 43_200],
    ['1d', 86_400],
    ['2w', 1_209_600],
    ['P1D', 86_400],
    ['PT12H', 43_200],
    ['P1W', 604_800],
    ['P1DT2H3M4S', 93_784],
    ['PT90M', 5400],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toEqual({ seconds });
  });

  test.each([
    '',
    's',
    '1',
    '1.5h',
    '-1d',
    '1h30m',
    ' 1d',
    '1d ',
    'P',
    'PT',
    'P1DT',
    'PT1D',
    'P1H',
    'P1Y',
    'p1d',
    '٣d',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toEqual({ reason: expect.any(String) });
  });

  test('both spellings of every length agree', () => {
    const length = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(length, (n) => {
        expect(parseDuration(`PT${n}S`)).toEqual(parseDuration(`${n}s`));
        expect(parseDuration(`PT${n}M`)).toEqual(parseDuration(`${n}m`));
        expect(parseDuration(`PT${n}H`)).toEqual(parseDuration(`${n}h`));
        expect(parseDuration(`P${n}D`)).toEqual(parseDuration(`${n}d`));
        expect(parseDuration(`P${n}W`)).toEqual(parseDuration(`${n}w`));
      }),
    );
  });

  test('no text makes it crash or hang, and what it gives is a positive whole number', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9PTDHMSWsmhdwy. -]{0,30}$/), (text) => {
        const parsed = parseDuration(text);
        if ('seconds' in parsed) expect(parsed.seconds).toSatisfy(Number.isSafeInteger);
      }),
    );
    expect(parseDuration('9'.repeat(100_000))).toEqual({ reason: 'it has no unit' });
    expect(parseDuration(`P${'1D'.repeat(50_000)}`)).toHaveProperty('reason');
  });
});
