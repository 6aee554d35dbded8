import { resolveImages } from '../inputs/resolve.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { bareNamesOf } from '../model/naming.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import type { PrunedTag } from '../model/stale.ts';
import { findStale, type StalePolicy } from '../plan/stale.ts';
import {
  formatPruned,
  formatPruneFailures,
  type PruneResult,
  pruneDocument,
} from '../report/pruned.ts';
import type { RunServices } from '../run/step-runner.ts';
import { type Context, EXIT, UsageError } from './context.ts';
import { type GlobalOptions, styleOf } from './options.ts';
import { loadProject } from './project.ts';
import { pruneRegistries } from './prune-registries.ts';
import { reporter } from './run-report.ts';
import { withRunSession } from './run-session.ts';

/** The options of `prune`. */
export interface PruneOptions {
  readonly keep: number;
  /** Milliseconds. */
  readonly olderThan?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  /** Tags in registries instead of those on this machine. */
  readonly registry?: boolean;
}

/** What `prune` does: gives the exit code. */
export async function pruneImages(
  options: PruneOptions,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  const { dryRun = false, yes = false, json = false, registry = false } = options;
  if (dryRun && yes)
    throw new UsageError('--dry-run and --yes contradict each other', 'leave one of them out');
  const canAsk = context.isTerminal.in && context.isTerminal.err;
  if (!registry && !dryRun && !yes && !canAsk)
    throw new UsageError(
      'nothing is removed without a yes, and there is no terminal to ask on',
      'add --yes, or --dry-run to see what would be removed',
    );
  const project = await loadProject(global, context, 'errors');
  if (project === null) return EXIT.usage;
  const { manifest, graph, conditions } = project;
  const keys = [...manifest.images.keys()];
  const { images, diagnostics } = await resolveImages(manifest, graph, keys, conditions);
  project.report(diagnostics);
  // Without all hashes it is not known what is current.
  if (hasErrors(diagnostics)) return EXIT.usage;
  const emit = reporter({ ...global, quiet: true }, context, project);
  const session = { project, context, emit, jobs: null, retries: null };
  const style = styleOf(global, context);
  const all = [...images.values()];
  const { keep, olderThan = 0 } = options;
  const policy = { keep, olderThanMs: olderThan, nowMs: context.now() };

  const view = { nowMs: context.now(), style };
  let isShown = false;
  const { results, failures } = await withRunSession(session, async ({ services }) => {
    if (registry) return pruneRegistries(all, policy, yes, services);
    const consent = async (planned: readonly PruneResult[]) => {
      if (yes) return true;
      context.err(formatPruned(planned, view));
      isShown = true;
      return context.confirm('Remove the stale ones?');
    };
    const ask = dryRun ? null : consent;
    return { results: await pruneLocally(all, policy, ask, services), failures: [] };
  });
  const advice = registry && !dryRun ? 'add --yes to remove them' : null;
  if (json) context.out(pruneDocument(results, failures));
  else {
    if (results.length > 0 || failures.length === 0)
      context.err(formatPruned(results, { ...view, advice, isShown }));
    context.err(formatPruneFailures(failures, style));
  }
  const failed = failures.length > 0 || results.some(({ outcome }) => outcome === 'failed');
  return failed ? EXIT.failed : EXIT.ok;
}

/** Removes what is stale on this machine if `ask`, told of it, agrees; null: nothing is to be removed. */
async function pruneLocally(
  images: readonly ResolvedImage[],
  policy: Omit<StalePolicy, 'used'>,
  ask: ((planned: readonly PruneResult[]) => Promise<boolean>) | null,
  services: RunServices,
): Promise<readonly PruneResult[]> {
  const { docker } = services;
  const repositories = images.flatMap(({ image }) => bareNamesOf(image));
  const stored = await docker.stored([...new Set(repositories)]);
  const used = stored.length === 0 ? new Set<string>() : await docker.used();
  const tags = findStale(images, stored, { ...policy, used });
  const planned = tags.map((tag) => resultOf(tag, tag.kept === null ? 'stale' : 'kept'));
  if (ask === null || planned.every(({ outcome }) => outcome === 'kept')) return planned;
  if (!(await ask(planned))) return tags.map((tag) => resultOf(tag, 'kept'));
  const removed = new Map<PrunedTag, PruneResult>();
  // Of one image tag by tag: the classic store trips over two at once.
  const removeTagsOf = async (image: string) => {
    for (const tag of tags.filter(({ id }) => id === image))
      removed.set(tag, await remove(tag, services));
  };
  await Promise.all([...new Set(tags.map(({ id }) => id))].map(removeTagsOf));
  return tags.map((tag) => removed.get(tag) ?? resultOf(tag, 'kept'));
}

async function remove(tag: PrunedTag, { docker, slot }: RunServices): Promise<PruneResult> {
  if (tag.kept !== null) return resultOf(tag, 'kept');
  const done = await slot(() => docker.remove(tag.ref));
  return done.ok ? resultOf(tag, 'removed') : resultOf(tag, 'failed', done.message);
}

function resultOf(
  tag: PrunedTag,
  outcome: PruneResult['outcome'],
  message: string | null = null,
): PruneResult {
  return { ...tag, outcome, message };
}
