import { relative, resolve } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { EventSink, RunEvent } from '../model/event.ts';
import { annotations, type CiSystem, createCiReport } from '../report/ci.ts';
import { formatDiagnostics } from '../report/diagnostics.ts';
import { diagnosticLine, eventLine } from '../report/event-lines.ts';
import { createPlainReport } from '../report/plain.ts';
import { type Redact, redactDeep } from '../report/redact.ts';
import type { Context } from './context.ts';
import { type GlobalOptions, isQuiet, styleOf } from './options.ts';

/** Warnings are shown once there is something to do: a run that finds everything repeats none. */
export function reporter(
  global: GlobalOptions,
  context: Context,
  { redact, showWarnings }: { readonly redact: Redact; readonly showWarnings: () => void },
): EventSink {
  const report = reportFor(global, context);
  return (event) => {
    if (isWork(event)) showWarnings();
    report(redactDeep(event, redact));
  };
}

function reportFor(global: GlobalOptions, context: Context): EventSink {
  const { debug = false, progress } = global;
  if (progress === 'json')
    return (event) => {
      const line = eventLine(event, debug);
      if (line !== null) context.err(line);
    };
  const quiet = isQuiet(global);
  const plain = createPlainReport({
    style: styleOf(global, context),
    write: context.err,
    debug,
    quiet,
  });
  const system = ciOf(global, context);
  if (system === null) return plain;
  return createCiReport(plain, {
    ...{ system, write: context.err, now: context.now },
    pathOf: (shown) => pathInRepository(shown, context),
    withoutLogs: quiet || debug,
  });
}

/** The CI system that the output is for; null: for no such, or for a program. */
export function ciOf({ ci, progress }: GlobalOptions, context: Context): CiSystem | null {
  if (progress === 'json' || ci === 'none') return null;
  return ci ?? context.ci;
}

/** Mistakes and doubts as the options ask for them. */
export function formatFindings(
  diagnostics: readonly Diagnostic[],
  global: GlobalOptions,
  context: Context,
  inFull: boolean,
): string {
  if (global.progress === 'json') return diagnostics.map(diagnosticLine).join('');
  const options = { all: inFull, redact: context.mask.redact };
  const text = formatDiagnostics(diagnostics, styleOf(global, context), options);
  if (ciOf(global, context) !== 'github') return text;
  return text + annotations(diagnostics, { pathOf: (shown) => pathInRepository(shown, context) });
}

/** GitHub knows files by their paths in the repository. */
function pathInRepository(shown: string, { cwd, env }: Context): string {
  return relative(env.GITHUB_WORKSPACE || cwd, resolve(cwd, shown));
}

function isWork(event: RunEvent): boolean {
  return event.type === 'step-started' && (event.step === 'build' || event.step === 'pull');
}
