import { availableParallelism, homedir, tmpdir } from 'node:os';
import { type Context, EXIT, Interrupted } from './cli/context.ts';
import { runProgram } from './cli/program.ts';
import { DockerUnusable } from './docker/port.ts';
import { formatMistake } from './report/mistake.ts';
import { createStyle } from './report/text.ts';

declare const DOCKER_ENSURE_VERSION: string;

/** Runs the program in this process: the one reader of `process`, and the one to set its exit code. */
export async function main(): Promise<void> {
  const abort = new AbortController();
  let signals = 0;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      const reason = new Interrupted(name);
      signals += 1;
      // Someone who asks twice does not want to wait for the cleaning up.
      if (signals > 1) process.exit(reason.exitCode);
      abort.abort(reason);
    });
  }
  // A reader that has seen enough, such as `head`, is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.ok);
  });

  const context: Context = {
    version: DOCKER_ENSURE_VERSION,
    cwd: process.cwd(),
    env: process.env,
    architecture: process.arch,
    cores: availableParallelism(),
    userId: process.getuid?.() ?? -1,
    homeFolder: homedir(),
    temporaryFolder: tmpdir(),
    now: Date.now,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    colorful: process.stderr.isTTY === true && process.stderr.hasColors(),
    signal: abort.signal,
  };
  process.exitCode = await runProgram(process.argv.slice(2), context).catch((error: unknown) =>
    exitCodeOf(error, context),
  );
}

/** What is left to be thrown: docker cannot be used, a signal, or a bug. */
function exitCodeOf(error: unknown, { err, colorful }: Context): number {
  const style = createStyle(colorful);
  if (error instanceof DockerUnusable) {
    err(formatMistake(error.message, error.advice, style));
    return EXIT.docker;
  }
  if (error instanceof Interrupted) {
    err(`${error.message}\n`);
    return error.exitCode;
  }
  throw error;
}

await main();
