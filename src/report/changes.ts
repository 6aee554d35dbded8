import type { Difference, FileChange } from '../model/difference.ts';
import type { IntervalBounds } from '../model/explanation.ts';
import { count, formatAge, printableLine } from './text.ts';

/** How many of the inputs that differ are named in a line. */
const MOST = 2;

/** The inputs that differ, in a few words: `src/app.py and 2 more files changed, the parent base changed`. */
export function summarizeDifferences(
  differences: readonly Difference[],
  interval: IntervalBounds | null,
  nowMs: number,
): string {
  const named = differences.slice(0, MOST).map((each) => summarize(each, interval, nowMs));
  const rest = differences.length - named.length;
  return [...named, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}

/** `a new one began 3 h ago, the next in 21 h`. */
export function formatBounds({ sinceMs, nextMs }: IntervalBounds, nowMs: number): string {
  return `a new one began ${formatAge(nowMs - sinceMs)} ago, the next in ${formatAge(nextMs - nowMs)}`;
}

function summarize(difference: Difference, interval: IntervalBounds | null, nowMs: number): string {
  switch (difference.is) {
    case 'dockerfile':
      return 'the Dockerfile changed';
    case 'files':
      return summarizeFiles(difference.input, difference.files ?? []);
    case 'parent':
      return `the parent ${difference.image} changed`;
    case 'value': {
      const { input, before, after } = difference;
      if (input === 'interval' && interval !== null)
        return `interval: ${formatBounds(interval, nowMs)}`;
      if (before === null) return `${input} is new`;
      return `${input} ${after === null ? 'is gone' : 'changed'}`;
    }
  }
}

function summarizeFiles(input: string, files: readonly FileChange[]): string {
  const [first, ...others] = files;
  if (first === undefined) return `${input} changed`;
  const path = printableLine(first.path);
  if (others.length > 0) return `${path} and ${count(others.length, 'more file')} changed`;
  return first.is === 'changed' ? `${path} changed` : `${path} was ${first.is}`;
}
