import { plan } from '../../ensure.ts';
import type { ImageResult } from '../../model/plan.ts';
import { resultDocument } from '../../report/json.ts';
import { redactDeep } from '../../report/redact.ts';
import { formatPlan } from '../../report/summary.ts';
import type { AddCommand } from '../command.ts';
import { type Context, EXIT } from '../context.ts';
import { type GlobalOptions, styleOf } from '../options.ts';
import { chooseImages, loadProject } from '../project.ts';
import { addRunOptions, policyOf, type RunOptions } from '../run-options.ts';
import { reporter } from '../run-report.ts';
import { withRunSession } from '../run-session.ts';

interface PlanOptions extends RunOptions {
  readonly check?: boolean;
}

/** `docker-ensure plan [IMAGES…]`: what `up` would do, and why. */
export const addPlan: AddCommand = (program, context, run) => {
  const command = program
    .command('plan')
    .description('say what `up` would do, and why, without doing it');
  addRunOptions(command)
    .option('--check', 'end with exit code 4 if there is anything to do')
    .action((names: string[], options: PlanOptions) =>
      run((global) => showPlan(names, options, global, context)),
    );
};

/** The plan on stdout: for people, or with `--json` as a document. */
export async function showPlan(
  names: readonly string[],
  options: PlanOptions,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  const inFull = global.debug === true || options.json === true;
  const project = await loadProject(global, context, 'when-asked', inFull);
  if (project === null) return EXIT.usage;
  const wanted = chooseImages(project, names);
  const policy = policyOf(options, wanted);
  const start = context.now();
  const emit = reporter(global, context, project);
  const session = { project, context, emit, jobs: options.jobs ?? null };
  const planned = await withRunSession(
    { ...session, retries: options.retries ?? null },
    async (ensureContext) => ({
      results: await plan({ ...project, wanted, policy, keepGoing: true }, ensureContext),
      retries: ensureContext.services.registries.retries,
    }),
  );
  if (planned.results === null) return EXIT.usage;
  const results = redactDeep(planned.results, project.redact);
  if (results.some(({ action }) => action === 'build' || action === 'pull')) project.showWarnings();
  for (const { image, failure } of results)
    if (failure !== null) emit({ type: 'image-failed', image, failure });
  const durationMs = context.now() - start;
  context.out(
    options.json === true
      ? resultDocument({ results, retries: planned.retries, durationMs })
      : formatPlan(results, styleOf(global, context, 'out')),
  );
  return exitCodeOf(results, options.check ?? false);
}

function exitCodeOf(results: readonly ImageResult[], isCheck: boolean): number {
  if (results.some(({ outcome }) => outcome === 'failed')) return EXIT.failed;
  const isWork = ({ action, push, tag }: ImageResult) =>
    action !== 'none' || push || tag.length > 0;
  return isCheck && results.some(isWork) ? EXIT.work : EXIT.ok;
}
