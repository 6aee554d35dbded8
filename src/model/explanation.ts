import type { Difference } from './difference.ts';

/** Why an image would be built anew, or would not. */
export interface Explanation {
  readonly image: string;
  readonly ref: string;
  /**
   * `identical`: it has the same inputs; `changed`: others; `removed`: it was built here, and is here no longer;
   * `new`: nothing is known that it could be compared with.
   */
  readonly verdict: 'identical' | 'changed' | 'removed' | 'new';
  /** What it was compared with; null: with nothing. */
  readonly against: { readonly ref: string; readonly createdMs: number | null } | null;
  readonly differences: readonly Difference[];
  /** The interval that it is in; null where it has none. */
  readonly interval: IntervalBounds | null;
}

/** Milliseconds since 1970. */
export interface IntervalBounds {
  readonly sinceMs: number;
  readonly nextMs: number;
}
