import { type Command, Option } from 'commander';
import { REQUIRES, type Require } from '../model/manifest.ts';
import type { RunPolicy } from '../model/plan.ts';
import { UsageError } from './context.ts';
import { jobsArgument, retriesArgument } from './options.ts';

/** What `up`, `plan`, `exec` and `run` are told on the command line: the same plan comes of the same options. */
export interface RunOptions {
  readonly force?: boolean;
  readonly jobs?: number;
  readonly retries?: number;
  readonly require?: Require;
  readonly offline?: boolean;
  readonly pull: boolean;
  readonly build: boolean;
  readonly push: boolean;
  readonly test: boolean;
  readonly tagAll?: boolean;
  readonly json?: boolean;
}

export function addRunOptions(command: Command): Command {
  return addPolicyOptions(
    command.argument('[images...]', 'keys in the manifest, groups, or globs of keys'),
  );
}

/** What a run may do, whichever images it is for. */
export function addPolicyOptions(command: Command): Command {
  return command
    .option('--force', 'build the named images even if they are there')
    .option(
      '--jobs <n>',
      'how many images are built, and how many docker commands run, at once (default: as docker can)',
      jobsArgument,
    )
    .option('--no-pull', 'pull nothing')
    .option('--no-build', 'build nothing')
    .option('--no-push', 'push nothing')
    .option('--no-test', 'run no tests, and so push nothing and move no `tags`')
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
    );
}

/** The limits of a run over these images. Throws `UsageError` where options contradict each other. */
export function policyOf(options: RunOptions, wanted: ReadonlySet<string>): RunPolicy {
  refuseContradictions(options);
  const { force = false, offline = false, require = null, tagAll = false } = options;
  const { pull, build, push, test } = options;
  const forced = force ? wanted : new Set<string>();
  return { force: forced, pull, build, push, test, offline, tagAll, require };
}

function refuseContradictions({ force, build, test, tagAll, offline, require }: RunOptions): void {
  const pairs: [string, string, boolean][] = [
    ['--force', '--no-build', force === true && !build],
    ['--no-test', '--tag-all', !test && tagAll === true],
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
