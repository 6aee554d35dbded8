import type { EventSink, RunEvent } from '../model/event.ts';
import { createPlainReport } from '../report/plain.ts';
import { redactDeep } from '../report/redact.ts';
import type { Context } from './context.ts';
import { type GlobalOptions, styleOf } from './options.ts';
import type { Project } from './project.ts';

/** Warnings are shown once there is something to do: a run that finds everything repeats none. */
export function reporter(
  global: GlobalOptions,
  context: Context,
  { redact, showWarnings }: Project,
): EventSink {
  const report = createPlainReport({
    style: styleOf(global, context),
    write: context.err,
    debug: global.debug ?? false,
    quiet: global.quiet === true || global.progress === 'quiet',
  });
  return (event) => {
    if (isWork(event)) showWarnings();
    report(redactDeep(event, redact));
  };
}

function isWork(event: RunEvent): boolean {
  return event.type === 'step-started' && (event.step === 'build' || event.step === 'pull');
}
