import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** A shell command that runs beside this process. */
export interface Background {
  /** Ends it and all that it has started; settles once it has ended. */
  stop(): Promise<void>;
}

/** Milliseconds that a command has to end by itself. */
const PATIENCE_MS = 10_000;

/** Starts a shell command, whose input is empty and whose output is this process's. */
export function runInBackground(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
): Background {
  // A group of its own, so that its children can be ended with it.
  const child = spawn('/bin/sh', ['-c', command], {
    env: { ...env },
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const send = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // All of it has ended.
    }
  };
  return {
    async stop() {
      send('SIGTERM');
      await Promise.race([ended, sleep(PATIENCE_MS, undefined, { ref: false })]);
      send('SIGKILL');
      await ended;
    },
  };
}
