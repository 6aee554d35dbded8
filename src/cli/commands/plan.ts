import { type ImageResult, isWork } from '../../model/plan.ts';
import { resultDocument } from '../../report/json.ts';
import { redactDeep } from '../../report/redact.ts';
import { formatPlan } from '../../report/summary.ts';
import type { AddCommand } from '../command.ts';
import { type Context, EXIT } from '../context.ts';
import { type GlobalOptions, styleOf } from '../options.ts';
import { addRunOptions, type RunOptions } from '../run-options.ts';

interface PlanOptions extends RunOptions {
  readonly check?: boolean;
}

const EXAMPLES = `
Examples:
  docker-ensure plan
  docker-ensure plan --check app    exit code 4 if there is anything to do
  docker-ensure plan --json | jq -r '.images[] | select(.action == "build").image'
`;

/** `docker-ensure plan [IMAGES…]`: what `up` would do, and why. */
export const addPlan: AddCommand = (program, context, run) => {
  const command = program
    .command('plan')
    .description('say what `up` would do, and why, without doing it');
  addRunOptions(command)
    .option('--json', 'print one result document on stdout')
    .option('--check', 'end with exit code 4 if there is anything to do')
    .addHelpText('after', EXAMPLES)
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
  const { performRun, prepareRun } = await import('../run-images.ts');
  const prepared = await prepareRun(names, options, global, context);
  if (prepared === null) return EXIT.usage;
  const { project, emit } = prepared;
  const planned = await performRun(prepared, 'plan', { context, keepGoing: true });
  if (planned === null) return EXIT.usage;
  const results = redactDeep(planned.results, project.redact);
  if (results.some(({ action }) => action === 'build' || action === 'pull')) project.showWarnings();
  for (const { image, failure } of results)
    if (failure !== null) emit({ type: 'image-failed', image, failure });
  context.out(
    options.json === true
      ? resultDocument('plan', { ...planned, results })
      : formatPlan(results, styleOf(global, context, 'out')),
  );
  return exitCodeOf(results, options.check ?? false);
}

function exitCodeOf(results: readonly ImageResult[], isCheck: boolean): number {
  if (results.some(({ outcome }) => outcome === 'failed')) return EXIT.failed;
  return isCheck && results.some(isWork) ? EXIT.work : EXIT.ok;
}
