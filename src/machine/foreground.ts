import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';

/** A command that has this process's terminal, or whatever its stdin, stdout and stderr are. */
export interface ForegroundOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Has signals handed over instead of ending this process; gives a way to end that. */
  readonly onSignal: (take: (name: NodeJS.Signals) => void) => () => void;
  /** True where a terminal sends its SIGINT to the command as well: it is not sent a second time. */
  readonly hasTerminal: boolean;
}

/** How it ended. `not-started`: in the system's words. */
export type ForegroundEnd =
  | { readonly is: 'ended'; readonly exitCode: number }
  | { readonly is: 'not-started'; readonly isMissing: boolean; readonly message: string };

/**
 * Runs a command in the foreground and gives its exit code; that of one that a signal ended is 128 and the
 * signal's number, as shells have it.
 */
export function runInForeground(
  [command = '', ...args]: readonly string[],
  { env, onSignal, hasTerminal }: ForegroundOptions,
): Promise<ForegroundEnd> {
  return new Promise((resolve) => {
    const child = start(command, args, env);
    if (child instanceof Error) {
      resolve({ is: 'not-started', isMissing: command === '', message: child.message });
      return;
    }
    const release = onSignal((name) => {
      if (name !== 'SIGINT' || !hasTerminal) child.kill(name);
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      release();
      resolve({ is: 'not-started', isMissing: error.code === 'ENOENT', message: error.message });
    });
    child.once('exit', (code, signal) => {
      release();
      const number = signal === null ? 0 : constants.signals[signal];
      resolve({ is: 'ended', exitCode: code ?? 128 + number });
    });
  });
}

/** Node throws of some mistakes what it tells by an event of others. */
function start(
  command: string,
  args: readonly string[],
  env: ForegroundOptions['env'],
): ChildProcess | Error {
  try {
    return spawn(command, args, { env, stdio: 'inherit' });
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}
