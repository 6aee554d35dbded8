import { runInForeground } from '../machine/foreground.ts';
import { type Context, UsageError } from './context.ts';

/** Exit codes for a command that could not be started, as shells have them. */
const NOT_STARTED = { missing: 127, other: 126 } as const;

/** Runs a command with this terminal and gives its exit code; what keeps it from starting is printed. */
export async function runCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  { onSignal, isTerminal, signal, err }: Context,
): Promise<number> {
  signal.throwIfAborted();
  const hasTerminal = isTerminal.in || isTerminal.out || isTerminal.err;
  const ended = await runInForeground(argv, { env, onSignal, hasTerminal });
  if (ended.is === 'ended') return ended.exitCode;
  const why = ended.isMissing ? 'there is no such command' : ended.message;
  err(`error: ${argv[0] || 'an empty word'} could not be started: ${why}\n`);
  return ended.isMissing ? NOT_STARTED.missing : NOT_STARTED.other;
}

/** The command after `--`. Throws `UsageError` where there is none. */
export function commandAfter(rest: readonly string[] | null, example: string): readonly string[] {
  if (rest === null || rest.length === 0)
    throw new UsageError('there is no command to run', `write it after \`--\`: ${example}`);
  return rest;
}
