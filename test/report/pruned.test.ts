import { expect, it } from 'vitest';
import { formatPruned, type PruneResult } from '../../src/report/pruned.ts';
import { createStyle } from '../../src/report/text.ts';

const DAY = 24 * 60 * 60 * 1000;
const tag = (ref: string, over: Partial<PruneResult>): PruneResult => ({
  ...{ ref, id: ref, createdMs: DAY, size: 2_000_000, kept: null, outcome: 'stale', message: null },
  ...over,
});
const KEPT = tag('app:new', { kept: 'current', outcome: 'kept' });
const view = { nowMs: 3 * DAY, style: createStyle(false) };

it('lists what is here once, and after the answer only what it changed', () => {
  expect(formatPruned([KEPT, tag('app:old', {})], view)).toBe(
    'app:new  kept (it is current)  2.0 MB, 2 days old\napp:old  stale  2.0 MB, 2 days old\n1 tag to remove: up to 2.0 MB\n',
  );
  const shown = { ...view, isShown: true };
  expect(formatPruned([KEPT, tag('app:old', { outcome: 'removed' })], shown)).toBe(
    'app:old  removed  2.0 MB, 2 days old\n1 tag removed: up to 2.0 MB\n',
  );
  const declined = [KEPT, tag('app:old', { outcome: 'kept' })];
  expect(formatPruned(declined, shown)).toBe('nothing was removed\n');
});
