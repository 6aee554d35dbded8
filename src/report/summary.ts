import type { ImageResult } from '../model/plan.ts';
import { count, formatDuration, type Style } from './text.ts';

/** How many images were in each state, under the names of the result document. */
export interface Totals {
  readonly none: number;
  readonly pull: number;
  readonly build: number;
  readonly push: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts results; an action counts where it was done, or (in a plan) would be. */
export function totalsOf(results: readonly ImageResult[]): Totals {
  const well = results.filter(({ outcome }) => outcome === 'done' || outcome === null);
  const where = (test: (result: ImageResult) => boolean) => well.filter(test).length;
  return {
    none: where(({ action }) => action === 'none'),
    pull: where(({ action }) => action === 'pull'),
    build: where(({ action }) => action === 'build'),
    push: where(({ push }) => push),
    failed: results.filter(({ outcome }) => outcome === 'failed').length,
    skipped: results.filter(({ outcome }) => outcome === 'skipped').length,
  };
}

/** The last line of a run. */
export function summarizeRun(
  results: readonly ImageResult[],
  { retries, durationMs }: { readonly retries: number; readonly durationMs: number },
  style: Style,
): string {
  const totals = totalsOf(results);
  const ready = results.length - totals.failed - totals.skipped;
  const time = style.dim(`(${formatDuration(durationMs)})`);
  const done = [...doneParts(results, totals), ...furtherParts(results, retries)];
  if (totals.failed + totals.skipped > 0) {
    const bad = [
      ...(totals.failed > 0 ? [`${totals.failed} failed`] : []),
      ...(totals.skipped > 0 ? [`${totals.skipped} skipped`] : []),
    ].join(', ');
    const rest = done.length === 0 ? '' : ` (${done.join(', ')})`;
    return `${style.bad(`${count(results.length, 'image')}: ${bad}`)}, ${ready} ready${rest} ${time}`;
  }
  const what = done.length === 0 ? 'nothing to do' : done.join(', ');
  return `${style.good(`${count(ready, 'image')} ready`)}: ${what} ${time}`;
}

/** What would be done, an image a line, and a last line that sums up. */
export function formatPlan(results: readonly ImageResult[], style: Style): string {
  const width = Math.max(0, ...results.map(({ image }) => image.length));
  const column = Math.max(LEAST_COLUMN, ...results.map((result) => whatOf(result).length));
  const lines = results.map((result) => {
    const { image, ref, reason, outcome } = result;
    const what = whatOf(result);
    const paint = outcome === 'failed' ? style.bad : what === 'keep' ? style.dim : style.busy;
    return `${style.image(image.padEnd(width))}  ${paint(what.padEnd(column))}  ${ref} ${style.dim(`(${reason})`)}`;
  });
  return `${[...lines, summarizePlan(results)].join('\n')}\n`;
}

/** So that a plan of few words has the look of one with more. */
const LEAST_COLUMN = 'build, push'.length;

/** `keep`, `build, push, tag`, `fail`. */
function whatOf(result: ImageResult): string {
  const { action, test, push, tag, outcome } = result;
  if (outcome === 'failed') return 'fail';
  const words = [
    action === 'none' ? 'keep' : action,
    test ? 'test' : '',
    push ? (isCopied(result) ? 'copy' : 'push') : '',
    tag.length > 0 ? 'tag' : '',
  ];
  return words.filter((word) => word !== '').join(', ');
}

function summarizePlan(results: readonly ImageResult[]): string {
  const totals = totalsOf(results);
  const { none, pull, build, failed } = totals;
  const { copied, pushed } = publishedOf(results, totals);
  const tags = results.flatMap(({ tag }) => tag).length;
  const parts = [
    ...(build > 0 ? [`${build} to build`] : []),
    ...(pull > 0 ? [`${pull} to pull`] : []),
    ...(pushed > 0 ? [`${pushed} to push`] : []),
    ...(copied > 0 ? [`${copied} to copy`] : []),
    ...(tags > 0 ? [`${count(tags, 'tag')} to move`] : []),
    ...(failed > 0 ? [`${failed} cannot be had`] : []),
    ...(none > 0 ? [`${none} already here`] : []),
  ];
  return `${count(results.length, 'image')}: ${parts.join(', ')}`;
}

/** Has it come to registries by copies alone? */
function isCopied({ push, registries }: ImageResult): boolean {
  const has = (what: string) => registries.some(({ action }) => action === what);
  return push && has('copy') && !has('push');
}

/** How many of those that come to a registry are copied, and how many are not. */
function publishedOf(results: readonly ImageResult[], { push }: Totals) {
  const copied = totalsOf(results.filter(isCopied)).push;
  return { copied, pushed: push - copied };
}

function furtherParts(results: readonly ImageResult[], retries: number): string[] {
  const tested = results.filter(({ test, outcome }) => test && outcome === 'done').length;
  const tags = results.flatMap(({ tag }) => tag).length;
  return [
    ...(tested > 0 ? [`${tested} tested`] : []),
    ...(tags > 0 ? [`${count(tags, 'tag')} moved`] : []),
    ...(retries > 0 ? [count(retries, 'retry', 'retries')] : []),
  ];
}

function doneParts(results: readonly ImageResult[], totals: Totals): string[] {
  const { none, pull, build } = totals;
  const { copied, pushed } = publishedOf(results, totals);
  const busy = [
    ...(build > 0 ? [`${build} built`] : []),
    ...(pull > 0 ? [`${pull} pulled`] : []),
    ...(pushed > 0 ? [`${pushed} pushed`] : []),
    ...(copied > 0 ? [`${copied} copied`] : []),
  ];
  return busy.length > 0 && none > 0 ? [...busy, `${none} already here`] : busy;
}
