import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REGISTRY_FAULTS } from '../../src/model/failure.ts';
import { delayBeforeRetry, LONGEST_MS, type Tried } from '../../src/run/retries.ts';
import { registryError } from '../rig/imagined-docker.ts';

const FIRST: Tried = {
  registryError: registryError('timeout', 'yes'),
  tries: 1,
  retries: 3,
  elapsedMs: 0,
  answered: false,
};
const least = () => 1;
const most = () => 0;

describe('another try', () => {
  it('comes after a wait that doubles each time', () => {
    const waits = [1, 2, 3, 4, 5, 6].map((tries) =>
      delayBeforeRetry({ ...FIRST, tries, retries: 10 }, most),
    );
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000]);
  });

  it('comes up to half of that sooner, by chance', () => {
    expect(delayBeforeRetry(FIRST, least)).toBe(500);
  });

  it('comes later where the registry counts requests', () => {
    const tried = { ...FIRST, registryError: registryError('rate-limited', 'yes') };
    expect(delayBeforeRetry(tried, most)).toBe(4000);
  });

  it('comes as often as it may, and no more', () => {
    expect(delayBeforeRetry({ ...FIRST, tries: 3 }, most)).toBe(4000);
    expect(delayBeforeRetry({ ...FIRST, tries: 4 }, most)).toBeNull();
    expect(delayBeforeRetry({ ...FIRST, retries: 0 }, most)).toBeNull();
  });

  it('does not come for what will not pass', () => {
    for (const fault of REGISTRY_FAULTS) {
      expect(
        delayBeforeRetry({ ...FIRST, registryError: registryError(fault, 'no') }, most),
      ).toBeNull();
    }
  });

  it('comes for a server that is gone only if it was there before', () => {
    const gone = { ...FIRST, registryError: registryError('unreachable', 'perhaps') };
    expect(delayBeforeRetry(gone, most)).toBeNull();
    expect(delayBeforeRetry({ ...gone, answered: true }, most)).toBe(1000);
  });

  it('never begins later than the bound on the whole', () => {
    const integer = (max: number) => fc.integer({ min: 0, max });
    fc.assert(
      fc.property(
        integer(20),
        integer(20),
        integer(2 * LONGEST_MS),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (tries, retries, elapsedMs, random) => {
          const delay = delayBeforeRetry({ ...FIRST, tries, retries, elapsedMs }, () => random);
          if (delay !== null) {
            expect(elapsedMs + delay).toBeLessThanOrEqual(LONGEST_MS);
            expect(tries).toBeLessThanOrEqual(retries);
          }
        },
      ),
    );
  });
});
