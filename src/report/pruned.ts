import type { KeptReason, PrunedTag } from '../model/stale.ts';
import { count, formatAge, formatBytes, type Style } from './text.ts';

/** What became of a tag. */
export interface PruneResult extends PrunedTag {
  /** `stale`: it would be removed. */
  readonly outcome: 'kept' | 'stale' | 'removed' | 'failed';
  /** Docker's words, or the registry's; null unless it failed. */
  readonly message: string | null;
}

const REASONS: Record<KeptReason, string> = {
  current: 'it is current',
  newest: 'it is one of the newest',
  young: 'it is too young',
  'in-use': 'a container has it',
  'other-platform': 'it is for another platform',
  tagged: 'another tag needs it',
};

/** A repository of a registry that nothing could be found out about. */
export interface PruneFailure {
  /** As references name it. */
  readonly repository: string;
  readonly message: string;
  readonly advice: string | null;
}

/** schema/prune.schema.json. */
export function pruneDocument(
  results: readonly PruneResult[],
  failures: readonly PruneFailure[],
): string {
  const document = {
    format: 'docker-ensure/prune/v1',
    images: results.map(({ ref, id, createdMs, size, kept, outcome, message }) => ({
      ref,
      id,
      created: createdMs === null ? null : new Date(createdMs).toISOString(),
      size,
      outcome,
      reason: kept,
      error: message,
    })),
    failures,
    freed: bytesOf(results),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** What to say about what became of tags. */
export interface PrunedView {
  readonly nowMs: number;
  readonly style: Style;
  /** Follows the total where there is something to remove. */
  readonly advice?: string | null;
  /** The whole list was shown before: tags that stay have no lines of their own. */
  readonly isShown?: boolean;
}

/** A line a tag, and a total. */
export function formatPruned(
  results: readonly PruneResult[],
  { nowMs, style, advice = null, isShown = false }: PrunedView,
): string {
  const told = isShown ? results.filter(({ outcome }) => outcome !== 'kept') : results;
  if (isShown && told.length === 0) return 'nothing was removed\n';
  const width = Math.max(0, ...told.map(({ ref }) => ref.length));
  const lines = told.map((result) => {
    const { ref, createdMs, size } = result;
    const age = createdMs === null ? '' : `, ${formatAge(nowMs - createdMs)} old`;
    const facts = style.dim(`${formatBytes(size)}${age}`);
    return `${style.image(ref.padEnd(width))}  ${outcomeOf(result, style)}  ${facts}`;
  });
  const isMore = advice !== null && results.some(({ outcome }) => outcome === 'stale');
  return [...lines, totalOf(results), ...(isMore ? [advice] : []), ''].join('\n');
}

/** What could not be found out, as errors. */
export function formatPruneFailures(failures: readonly PruneFailure[], style: Style): string {
  return failures
    .map(({ repository, message, advice }) => {
      const help = advice === null ? '' : `  help: ${advice}\n`;
      return `${style.bad('error')}: ${repository} was left alone: ${message}\n${help}`;
    })
    .join('');
}

function outcomeOf({ outcome, kept, message }: PruneResult, style: Style): string {
  switch (outcome) {
    case 'kept':
      return style.good('kept') + (kept === null ? '' : ` (${REASONS[kept]})`);
    case 'stale':
      return style.warning('stale');
    case 'removed':
      return style.good('removed');
    case 'failed':
      return `${style.bad('failed')} (${message ?? ''})`;
  }
}

function totalOf(results: readonly PruneResult[]): string {
  const stale = results.filter(({ outcome }) => outcome === 'stale').length;
  const removed = results.filter(({ outcome }) => outcome === 'removed').length;
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  const parts = [
    ...(stale > 0 ? [`${count(stale, 'tag')} to remove`] : []),
    ...(removed > 0 ? [`${count(removed, 'tag')} removed`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  if (parts.length === 0) return 'nothing to remove';
  if (stale + removed === 0) return parts.join(', ');
  return `${parts.join(', ')}: up to ${formatBytes(bytesOf(results))}`;
}

/** Of the images that lose all their tags. What they share with others stays, so that it may be less. */
function bytesOf(results: readonly PruneResult[]): number {
  const goes = ({ outcome }: PruneResult) => outcome === 'removed' || outcome === 'stale';
  const staying = new Set(results.filter((each) => !goes(each)).map(({ id }) => id));
  const gone = new Map(results.filter(goes).map(({ id, size }) => [id, size]));
  return [...gone].reduce((sum, [id, size]) => (staying.has(id) ? sum : sum + size), 0);
}
