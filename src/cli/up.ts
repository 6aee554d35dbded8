import { ensure } from '../ensure.ts';
import type { EventSink } from '../model/event.ts';
import type { ImageResult, RunPolicy } from '../model/plan.ts';
import { resultDocument } from '../report/json.ts';
import { createPlainReport } from '../report/plain.ts';
import { redactDeep } from '../report/redact.ts';
import type { AddCommand } from './command.ts';
import { type Context, EXIT, UsageError } from './context.ts';
import { type GlobalOptions, jobsArgument, styleOf } from './options.ts';
import { chooseImages, openProject, type Project } from './project.ts';
import { withWorkshop } from './workshop.ts';

interface UpOptions {
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly jobs?: number;
  readonly pull: boolean;
  readonly build: boolean;
  readonly push: boolean;
  readonly keepGoing?: boolean;
  readonly json?: boolean;
}

/** The fewest images that are worked on at once: docker waits more than it computes. */
const LEAST_JOBS = 4;

/** `docker-ensure up [IMAGES…]`: ensures the named images, or all. */
export const addUp: AddCommand = (program, context, run) => {
  program
    .command('up')
    .description('ensure the named images, or all: found, else pulled, else built and pushed')
    .argument('[images...]', 'keys in the manifest')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--force', 'build the named images even if they are there')
    .option(
      '--jobs <n>',
      `how many docker commands run at once (default: the cores, at least ${LEAST_JOBS})`,
      jobsArgument,
    )
    .option('--no-pull', 'pull nothing')
    .option('--no-build', 'build nothing')
    .option('--no-push', 'push nothing')
    .option('--keep-going', 'after a failure go on with what does not depend on it')
    .option('--json', 'print one result document on stdout')
    .action((names: string[], options: UpOptions) =>
      run((global) => up(names, options, global, context)),
    );
};

async function up(
  names: readonly string[],
  options: UpOptions,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  if (options.force === true && !options.build) {
    throw new UsageError('--force and --no-build contradict each other', 'leave one of them out');
  }
  const project = await openProject(global, context);
  if (project === null) return EXIT.usage;
  const wanted = chooseImages(project, names);
  const { force = false, pull, build, push } = options;
  const policy: RunPolicy = { force: force ? wanted : new Set(), pull, build, push };
  const dryRun = options.dryRun ?? false;
  const start = context.now();
  const emit = reporter(global, context, project);

  const jobs = options.jobs ?? Math.max(LEAST_JOBS, context.cores);
  const results = await withWorkshop({ project, context, emit, jobs }, (hands) =>
    ensure({ ...project, wanted, policy, keepGoing: options.keepGoing ?? false, dryRun }, hands),
  );
  if (results === null) return EXIT.usage;
  const durationMs = context.now() - start;
  emit({ type: 'run-done', dryRun, results, durationMs });
  if (options.json === true) {
    context.out(resultDocument(redactDeep(results, project.redact), durationMs));
  }
  return exitCodeOf(results);
}

function exitCodeOf(results: readonly ImageResult[]): number {
  const well = results.every(({ outcome }) => outcome === 'done' || outcome === null);
  return well ? EXIT.ok : EXIT.failed;
}

function reporter(global: GlobalOptions, context: Context, { redact }: Project): EventSink {
  const report = createPlainReport({
    style: styleOf(global, context),
    write: context.err,
    debug: global.debug ?? false,
    quiet: global.quiet === true || global.progress === 'quiet',
  });
  return (event) => report(redactDeep(event, redact));
}
