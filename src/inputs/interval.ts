import type { IntervalBounds } from '../model/explanation.ts';
import type { Interval } from '../model/manifest.ts';

/** Whole intervals between the offset and `now` (both milliseconds since 1970); negative before it. */
export function epochOf(interval: Interval, now: number): number {
  const epoch = Math.floor((now - interval.offset) / (interval.seconds * 1000));
  // Never -0: it has a JSON spelling of its own.
  return epoch + 0;
}

/** When the interval of a moment began, and when the next one does. Milliseconds since 1970. */
export function boundsOf(interval: Interval, now: number): IntervalBounds {
  const sinceMs = interval.offset + epochOf(interval, now) * interval.seconds * 1000;
  return { sinceMs, nextMs: sinceMs + interval.seconds * 1000 };
}
