/** Runs docker commands against one engine. */
import { execa } from 'execa';
import { scrubbed } from './environment.ts';
import type { Engine } from './types.ts';

/** A function that runs docker with this environment, and none of the user's docker. */
export function dockerRunner(engineEnv: Record<string, string>): Engine['docker'] {
  return async (args, options = {}) => {
    const result = await execa('docker', args, {
      env: { ...scrubbed(engineEnv), ...options.env },
      extendEnv: false,
      reject: false,
      ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    return {
      stdout: result.stdout,
      stderr: result.stderr,
      exitCode: result.exitCode ?? 127,
    };
  };
}
