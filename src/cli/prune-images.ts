import { resolveImages } from '../inputs/resolve.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { bareNamesOf } from '../model/naming.ts';
import type { PrunedTag } from '../model/stale.ts';
import { findStale } from '../plan/stale.ts';
import { formatPruned, type PruneResult, pruneDocument } from '../report/pruned.ts';
import type { RunServices } from '../run/step-runner.ts';
import { type Context, EXIT, UsageError } from './context.ts';
import { type GlobalOptions, styleOf } from './options.ts';
import { loadProject } from './project.ts';
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
}

/** What `prune` does: gives the exit code. */
export async function pruneImages(
  options: PruneOptions,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  const { dryRun = false, yes = false, json = false } = options;
  if (dryRun && yes)
    throw new UsageError('--dry-run and --yes contradict each other', 'leave one of them out');
  const canAsk = context.isTerminal.in && context.isTerminal.err;
  if (!dryRun && !yes && !canAsk)
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
  // Without all hashes nobody knows what is current.
  if (hasErrors(diagnostics)) return EXIT.usage;
  const emit = reporter({ ...global, quiet: true }, context, project);
  const session = { project, context, emit, jobs: null, retries: null };
  const style = styleOf(global, context);
  const tell = (results: readonly PruneResult[]) =>
    context.err(formatPruned(results, context.now(), style));

  const results = await withRunSession(session, async ({ services }) => {
    const { docker } = services;
    const repositories = [...images.values()].flatMap(({ image }) => bareNamesOf(image));
    const stored = await docker.stored([...new Set(repositories)]);
    const tags = findStale([...images.values()], stored, {
      ...{ keep: options.keep, olderThanMs: options.olderThan ?? 0, nowMs: context.now() },
      used: stored.length === 0 ? new Set() : await docker.used(),
    });
    const planned = tags.map((tag) => resultOf(tag, tag.kept === null ? 'stale' : 'kept'));
    if (dryRun || planned.every(({ outcome }) => outcome === 'kept')) return planned;
    if (!yes) {
      tell(planned);
      if (!(await context.confirm('Remove the stale ones?')))
        return tags.map((tag) => resultOf(tag, 'kept'));
    }
    return Promise.all(tags.map((tag) => remove(tag, services)));
  });
  if (json) context.out(pruneDocument(results));
  else tell(results);
  return results.some(({ outcome }) => outcome === 'failed') ? EXIT.failed : EXIT.ok;
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
