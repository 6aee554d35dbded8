import { Command, Option } from 'commander';
import type { AddCommand } from './command.ts';
import { type CommandLine, splitCommandLine } from './command-line.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExec } from './commands/exec.ts';
import { addGraph } from './commands/graph.ts';
import { addInit } from './commands/init.ts';
import { addInputs } from './commands/inputs.ts';
import { addPlan } from './commands/plan.ts';
import { addPrune } from './commands/prune.ts';
import { addRef } from './commands/ref.ts';
import { addRefs } from './commands/refs.ts';
import { addRun } from './commands/run.ts';
import { addSchema } from './commands/schema.ts';
import { addUp } from './commands/up.ts';
import { addValidate } from './commands/validate.ts';
import { addWhy } from './commands/why.ts';
import { type Context, EXIT } from './context.ts';
import {
  collect,
  type GlobalOptions,
  pathArgument,
  platformArgument,
  refuseRepeated,
  refuseTwoKindsOfProgress,
  styleOf,
  timestampArgument,
} from './options.ts';
import { reportError } from './report-error.ts';

const COMMANDS: readonly AddCommand[] = [
  addUp,
  addPlan,
  addRef,
  addRefs,
  addExec,
  addRun,
  addInputs,
  addWhy,
  addGraph,
  addConfig,
  addPrune,
  addValidate,
  addSchema,
  addInit,
  addDoctor,
  addCompletion,
];

/** What the scripts of `completion` call, with the words of a command line; no command for people. */
const COMPLETE = '__complete';

/** Reads the command line and does what it says. Gives the exit code, whatever goes wrong. */
export async function runProgram(argv: readonly string[], context: Context): Promise<number> {
  let exitCode: number = EXIT.ok;
  let rest: CommandLine['rest'] = null;
  const program: Command = createProgram(context, async (action) => {
    refuseTwoKindsOfProgress(program);
    exitCode = await action(program.opts<GlobalOptions>(), rest);
  });
  refuseRepeated(program);
  try {
    if (argv[0] === COMPLETE) {
      const { printCompletions } = await import('./completion/print-completions.ts');
      await printCompletions(program, argv.slice(1), context);
      return EXIT.ok;
    }
    const split = splitCommandLine(program, argv);
    rest = split.rest;
    await program.parseAsync(split.own, { from: 'user' });
  } catch (error) {
    const options = program.opts<GlobalOptions>();
    return reportError(error, context, styleOf(options, context), options.progress === 'json');
  }
  return exitCode;
}

/** The commands and their options; `run` is called with what a command does. */
export function createProgram(context: Context, run: Parameters<AddCommand>[2]): Command {
  const program = createRoot(context);
  for (const add of COMMANDS) add(program, context, run);
  return program;
}

function createRoot({ version, out, err, isPlugin }: Context): Command {
  const named = (text: string) =>
    isPlugin ? text.replaceAll('docker-ensure ', 'docker ensure ') : text;
  return new Command('docker-ensure')
    .description(
      "Make sure that a project's Docker images are ready: found here, else pulled, else built and pushed, parents first.",
    )
    .version(version, '-V, --version')
    .option(
      '-f, --file <path>',
      'the manifest (default: ensure.yaml here or in the nearest parent folder)',
      pathArgument,
    )
    .option('--env-file <path>', 'more variables for the manifest; may be repeated', collect)
    .option('--at <time>', 'the time for intervals (also DOCKER_ENSURE_AT)', timestampArgument)
    .option(
      '--platform <platform>',
      'the platform to build for (also DOCKER_DEFAULT_PLATFORM)',
      platformArgument,
    )
    .addOption(
      new Option('--progress <kind>', 'how to show progress')
        .choices(['auto', 'plain', 'json', 'quiet'])
        .default('auto'),
    )
    .option('-q, --quiet', 'the same as --progress quiet')
    .addOption(
      new Option('--ci <system>', 'what the output is for (default: found out)').choices([
        'github',
        'gitlab',
        'none',
      ]),
    )
    .addOption(
      new Option('--color <when>', 'colours on stderr')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .option(
      '--debug',
      'print each docker command, each request to a registry and the output of builds',
    )
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => out(named(text)), writeErr: (text) => err(named(text)) })
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride();
}
