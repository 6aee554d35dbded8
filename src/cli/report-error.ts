import { CommanderError } from 'commander';
import { DockerUnusable } from '../docker/port.ts';
import { EnvironmentError } from '../model/environment-error.ts';
import { formatMistake } from '../report/mistake.ts';
import type { Style } from '../report/text.ts';
import { type Context, EXIT, Interrupted, UsageError } from './context.ts';

/** Tells what a command ended with instead of an exit code, and gives one for it. */
export function reportError(
  error: unknown,
  context: Pick<Context, 'err' | 'mask' | 'bugReport'>,
  style: Style,
): number {
  const err = (text: string) => context.err(context.mask.redact(text));
  // Commander has told it.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    err(formatMistake(error.message, error.advice, style));
    return EXIT.usage;
  }
  if (error instanceof EnvironmentError) {
    err(formatMistake(error.message, error.advice, style));
    return EXIT.failed;
  }
  if (error instanceof DockerUnusable) {
    err(formatMistake(error.message, error.advice, style));
    return EXIT.docker;
  }
  if (error instanceof Interrupted) {
    err(`${error.message}\n`);
    return error.exitCode;
  }
  err(
    isSystemError(error)
      ? formatMistake(error.message, undefined, style)
      : context.bugReport(error),
  );
  return EXIT.failed;
}

/** The system refused something: a full disk, a folder that may not be written to. No bug of ours. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
