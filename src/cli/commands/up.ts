import { ensure } from '../../ensure.ts';
import type { ImageResult } from '../../model/plan.ts';
import { resultDocument } from '../../report/json.ts';
import { redactDeep } from '../../report/redact.ts';
import type { AddCommand } from '../command.ts';
import { type Context, EXIT } from '../context.ts';
import type { GlobalOptions } from '../options.ts';
import { chooseImages, loadProject } from '../project.ts';
import { addRunOptions, policyOf, type RunOptions } from '../run-options.ts';
import { reporter } from '../run-report.ts';
import { withRunSession } from '../run-session.ts';
import { showPlan } from './plan.ts';

interface UpOptions extends RunOptions {
  readonly dryRun?: boolean;
  readonly keepGoing?: boolean;
}

/** `docker-ensure up [IMAGES…]`: ensures the named images, or all. */
export const addUp: AddCommand = (program, context, run) => {
  const command = program
    .command('up')
    .description('ensure the named images, or all: found, else pulled, else built and pushed');
  addRunOptions(command)
    .option('--dry-run', 'the same as `plan`: say what would be done, and do nothing')
    .option('--keep-going', 'after a failure go on with what does not depend on it')
    .action((names: string[], options: UpOptions) =>
      run((global) =>
        options.dryRun === true
          ? showPlan(names, options, global, context)
          : up(names, options, global, context),
      ),
    );
};

async function up(
  names: readonly string[],
  options: UpOptions,
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
  const request = { ...project, wanted, policy, keepGoing: options.keepGoing ?? false };
  const session = { project, context, emit, jobs: options.jobs ?? null };
  const ended = await withRunSession(
    { ...session, retries: options.retries ?? null },
    async (ensureContext) => ({
      results: await ensure(request, ensureContext),
      retries: ensureContext.services.registries.retries,
    }),
  );
  const { results } = ended;
  if (results === null) return EXIT.usage;
  const run = { results, retries: ended.retries, durationMs: context.now() - start };
  emit({ type: 'run-done', ...run });
  if (options.json === true) {
    context.out(resultDocument({ ...run, results: redactDeep(results, project.redact) }));
  }
  return exitCodeOf(results);
}

function exitCodeOf(results: readonly ImageResult[]): number {
  return results.every(({ outcome }) => outcome === 'done') ? EXIT.ok : EXIT.failed;
}
