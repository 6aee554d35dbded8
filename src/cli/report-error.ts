import { CommanderError } from 'commander';
import { DockerUnusable } from '../docker/port.ts';
import { EnvironmentError } from '../model/environment-error.ts';
import { endLine } from '../report/event-lines.ts';
import { formatMistake } from '../report/mistake.ts';
import type { Style } from '../report/text.ts';
import { type Context, EXIT, Interrupted, UsageError } from './context.ts';

/**
 * Tells what a command ended with instead of an exit code, and gives one for it. `isForProgram`: as a line of JSON, but
 * for a bug, which is told in full.
 */
export function reportError(
  error: unknown,
  context: Pick<Context, 'err' | 'mask' | 'bugReport'>,
  style: Style,
  isForProgram = false,
): number {
  const err = (text: string) => context.err(context.mask.redact(text));
  const tell = (message: string, advice?: string) =>
    err(isForProgram ? endLine(message, advice) : formatMistake(message, advice, style));
  // Commander has told it.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    tell(error.message, error.advice);
    return EXIT.usage;
  }
  if (error instanceof EnvironmentError) {
    tell(error.message, error.advice);
    return EXIT.failed;
  }
  if (error instanceof DockerUnusable) {
    tell(error.message, error.advice);
    return EXIT.docker;
  }
  if (error instanceof Interrupted) {
    if (isForProgram) tell(error.message);
    else err(`${error.message}\n`);
    return error.exitCode;
  }
  if (isSystemError(error)) tell(error.message);
  else err(context.bugReport(error));
  return EXIT.failed;
}

/** The system refused something: a full disk, a folder that may not be written to. No bug of ours. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
