import type { ImageResult } from '../../model/plan.ts';
import { resultDocument } from '../../report/json.ts';
import { redactDeep } from '../../report/redact.ts';
import type { AddCommand } from '../command.ts';
import { type Context, EXIT, UsageError } from '../context.ts';
import type { GlobalOptions } from '../options.ts';
import { addRunOptions, type RunOptions } from '../run-options.ts';
import { showPlan } from './plan.ts';

interface UpOptions extends RunOptions {
  readonly dryRun?: boolean;
  readonly keepGoing?: boolean;
  readonly watch?: boolean;
  readonly exec?: string;
}

const EXAMPLES = `
Examples:
  docker-ensure up
  docker-ensure up app 'test-*'               these, and what they must be built on
  docker-ensure up --require both --jobs 2    in CI: here, and in the registry
  docker-ensure up --watch app --exec 'docker run --rm "$APP_REF"'
`;

/** `docker-ensure up [IMAGES…]`: ensures the named images, or all. */
export const addUp: AddCommand = (program, context, run) => {
  const command = program
    .command('up')
    .description('ensure the named images, or all: found, else pulled, else built and pushed');
  addRunOptions(command)
    .option('--json', 'print one result document on stdout')
    .option('--dry-run', 'the same as `plan`: say what would be done, and do nothing')
    .option('--keep-going', 'after a failure go on with what does not depend on it')
    .option('--watch', 'go on, and ensure them again whenever their inputs change')
    .option('--exec <command>', 'with --watch: a shell command, started anew after each success')
    .addHelpText('after', EXAMPLES)
    .action((names: string[], options: UpOptions) =>
      run((global) => {
        refuseContradictions(options);
        if (options.dryRun === true) return showPlan(names, options, global, context);
        if (options.watch === true) return watch(names, options, global, context);
        return up(names, options, global, context);
      }),
    );
};

function refuseContradictions({ watch: watches, exec, dryRun, json, force }: UpOptions): void {
  if (exec !== undefined && watches !== true)
    throw new UsageError('--exec is for --watch', 'add --watch, or use `docker-ensure exec`');
  const others = { '--dry-run': dryRun, '--json': json, '--force': force };
  const other = Object.entries(others).find(([, given]) => given === true)?.[0];
  if (watches === true && other !== undefined)
    throw new UsageError(`--watch and ${other} contradict each other`, 'leave one of them out');
}

async function watch(
  names: readonly string[],
  options: UpOptions,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  const { watchImages } = await import('../watch-images.ts');
  const ensure = () => up(names, options, global, context);
  return watchImages({ names, ensure, command: options.exec ?? null }, global, context);
}

async function up(
  names: readonly string[],
  options: UpOptions,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  const { performRun, prepareRun } = await import('../run-images.ts');
  const { leaveCiResults } = await import('../ci-results.ts');
  const prepared = await prepareRun(names, options, global, context);
  if (prepared === null) return EXIT.usage;
  const { project, emit } = prepared;
  const { keepGoing = false } = options;
  const ended = await performRun(prepared, 'ensure', { context, keepGoing });
  if (ended === null) return EXIT.usage;
  const { results } = ended;
  emit({ type: 'run-done', ...ended });
  await leaveCiResults(redactDeep(results, project.redact), global, context, emit);
  if (options.json === true)
    context.out(resultDocument('up', { ...ended, results: redactDeep(results, project.redact) }));
  return exitCodeOf(results);
}

function exitCodeOf(results: readonly ImageResult[]): number {
  return results.every(({ outcome }) => outcome === 'done') ? EXIT.ok : EXIT.failed;
}
