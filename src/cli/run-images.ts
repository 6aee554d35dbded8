import { ensure, plan } from '../ensure.ts';
import type { EventSink } from '../model/event.ts';
import { type ImageResult, isWork, type RunPolicy } from '../model/plan.ts';
import { type Context, EXIT } from './context.ts';
import type { GlobalOptions } from './options.ts';
import { chooseImages, loadProject, type Project } from './project.ts';
import { policyOf, type RunOptions } from './run-options.ts';
import { reporter } from './run-report.ts';
import { withRunSession } from './run-session.ts';

/** A run over images of a manifest, as the command line asks for it. */
export interface ImageRun {
  readonly project: Project;
  /** Keys of the images that were asked for. */
  readonly wanted: ReadonlySet<string>;
  readonly policy: RunPolicy;
  readonly options: RunOptions;
  readonly emit: EventSink;
}

/** How it ended: the images parents first, how often steps were tried again, and milliseconds. */
export interface ImageRunEnd {
  readonly results: readonly ImageResult[];
  readonly retries: number;
  readonly durationMs: number;
}

/**
 * Reads the manifest and the command line; null where the manifest has errors, which are printed. Throws
 * `UsageError` for unknown images and for options that contradict each other.
 */
export async function prepareRun(
  names: readonly string[],
  options: RunOptions,
  global: GlobalOptions,
  context: Context,
): Promise<ImageRun | null> {
  const inFull = global.debug === true || options.json === true;
  const project = await loadProject(global, context, 'when-asked', inFull);
  if (project === null) return null;
  const wanted = chooseImages(project, names);
  const policy = policyOf(options, wanted);
  return { project, wanted, policy, options, emit: reporter(global, context, project) };
}

const WORK = { plan, ensure } as const;

/** Plans or ensures the images; null where the files that the manifest names have errors, which are printed. */
export async function performRun(
  { project, wanted, policy, options, emit }: ImageRun,
  work: 'plan' | 'ensure',
  { context, keepGoing }: { readonly context: Context; readonly keepGoing: boolean },
): Promise<ImageRunEnd | null> {
  const { jobs = null, retries = null } = options;
  const start = context.now();
  return withRunSession({ project, context, emit, jobs, retries }, async (ensureContext) => {
    const results = await WORK[work]({ ...project, wanted, policy, keepGoing }, ensureContext);
    if (results === null) return null;
    const { registries } = ensureContext.services;
    return { results, retries: registries.retries, durationMs: context.now() - start };
  });
}

/**
 * Ensures the images for a command that comes after: says nothing where there is nothing to do. Gives an exit
 * code where that command must not run.
 */
export async function ensureQuietly(
  run: ImageRun,
  context: Context,
): Promise<ImageRunEnd | { readonly exitCode: number }> {
  const ended = await performRun(run, 'ensure', { context, keepGoing: false });
  if (ended === null) return { exitCode: EXIT.usage };
  const isReady = ended.results.every(({ outcome }) => outcome === 'done');
  if (!isReady || ended.results.some(isWork)) run.emit({ type: 'run-done', ...ended });
  return isReady ? ended : { exitCode: EXIT.failed };
}
