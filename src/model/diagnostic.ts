import type { DiagnosticCode } from './diagnostic-code.ts';
import type { Place } from './source.ts';

/**
 * Something that is wrong, or doubtful, in what the user wrote. Diagnostics are values: they are
 * collected, all of them, and shown together.
 */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** A stable kebab-case name of the kind of mistake, e.g. `unknown-key`. */
  readonly code: DiagnosticCode;
  /** What is wrong, in one line. */
  readonly message: string;
  /** What to do about it, in one line. */
  readonly advice?: string;
  /** Where it is; absent when no file is to blame. */
  readonly place?: Place;
  /** The image it concerns. */
  readonly image?: string;
}

/** True when one of them is an error: then nothing may be run. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return errorsIn(diagnostics).length > 0;
}

/** Those that are errors. */
export function errorsIn(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === 'error');
}
