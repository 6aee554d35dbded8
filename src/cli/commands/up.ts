import { Option } from 'commander';
import { ensure, plan } from '../../ensure.ts';
import type { EventSink, RunEvent } from '../../model/event.ts';
import { REQUIRES, type Require } from '../../model/manifest.ts';
import type { ImageResult, RunPolicy } from '../../model/plan.ts';
import { resultDocument } from '../../report/json.ts';
import { createPlainReport } from '../../report/plain.ts';
import { redactDeep } from '../../report/redact.ts';
import type { AddCommand } from '../command.ts';
import { type Context, EXIT, UsageError } from '../context.ts';
import { type GlobalOptions, jobsArgument, retriesArgument, styleOf } from '../options.ts';
import { chooseImages, loadProject, type Project } from '../project.ts';
import { withRunSession } from '../run-session.ts';

interface UpOptions {
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly jobs?: number;
  readonly retries?: number;
  readonly require?: Require;
  readonly offline?: boolean;
  readonly pull: boolean;
  readonly build: boolean;
  readonly push: boolean;
  readonly tagAll?: boolean;
  readonly keepGoing?: boolean;
  readonly json?: boolean;
}

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
      'how many images are built, and how many docker commands run, at once (default: as docker can)',
      jobsArgument,
    )
    .option('--no-pull', 'pull nothing')
    .option('--no-build', 'build nothing')
    .option('--no-push', 'push nothing')
    .addOption(
      new Option('--require <where>', 'where the images must end up, whatever they say').choices(
        REQUIRES,
      ),
    )
    .option('--tag-all', 'move `tags` to all images, not only to those that are built or pushed')
    .option('--offline', 'ask no registry anything')
    .option(
      '--retries <n>',
      'how often what may pass is tried again (default: as each registry says, or 3)',
      retriesArgument,
    )
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
  refuseContradictions(options);
  const inFull = global.debug === true || options.json === true;
  const project = await loadProject(global, context, 'when-asked', inFull);
  if (project === null) return EXIT.usage;
  const wanted = chooseImages(project, names);
  const { force = false, offline = false, require = null, retries = null } = options;
  const { tagAll = false } = options;
  const policy: RunPolicy = {
    force: force ? wanted : new Set<string>(),
    pull: options.pull,
    build: options.build,
    push: options.push,
    offline,
    tagAll,
    require,
  };
  const dryRun = options.dryRun ?? false;
  const start = context.now();
  const emit = reporter(global, context, project);

  const request = { ...project, wanted, policy, keepGoing: options.keepGoing ?? false };
  const session = { project, context, emit, jobs: options.jobs ?? null, retries };
  const ended = await withRunSession(session, async (ensureContext) => ({
    results: await (dryRun ? plan(request, ensureContext) : ensure(request, ensureContext)),
    retries: ensureContext.services.registries.retries,
  }));
  const { results } = ended;
  if (results === null) return EXIT.usage;
  const run = { results, retries: ended.retries, durationMs: context.now() - start };
  emit({ type: 'run-done', dryRun, ...run });
  if (options.json === true) {
    context.out(resultDocument({ ...run, results: redactDeep(results, project.redact) }));
  }
  return exitCodeOf(results);
}

function refuseContradictions({ force, build, offline, require }: UpOptions): void {
  const pairs: [string, string, boolean][] = [
    ['--force', '--no-build', force === true && !build],
    [
      '--offline',
      `--require ${require}`,
      offline === true && require !== undefined && require !== 'local',
    ],
  ];
  const pair = pairs.find(([, , contradict]) => contradict);
  if (pair !== undefined)
    throw new UsageError(
      `${pair[0]} and ${pair[1]} contradict each other`,
      'leave one of them out',
    );
}

function exitCodeOf(results: readonly ImageResult[]): number {
  const well = results.every(({ outcome }) => outcome === 'done' || outcome === null);
  return well ? EXIT.ok : EXIT.failed;
}

/** Warnings are shown once there is something to do: a run that finds everything repeats none. */
function reporter(
  global: GlobalOptions,
  context: Context,
  { redact, showWarnings }: Project,
): EventSink {
  const report = createPlainReport({
    style: styleOf(global, context),
    write: context.err,
    debug: global.debug ?? false,
    quiet: global.quiet === true || global.progress === 'quiet',
  });
  return (event) => {
    if (hasWork(event)) showWarnings();
    report(redactDeep(event, redact));
  };
}

/** True where an image is built or pulled, or would be. */
function hasWork(event: RunEvent): boolean {
  if (event.type === 'step-started') return event.step === 'build' || event.step === 'pull';
  if (event.type !== 'run-done' || !event.dryRun) return false;
  return event.results.some(({ action }) => action === 'build' || action === 'pull');
}
