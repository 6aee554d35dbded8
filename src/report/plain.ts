import type { EventSink, RunEvent, Step } from '../model/event.ts';
import type { Failure } from '../model/failure.ts';
import { unreachable } from '../model/unreachable.ts';
import { formatDiagnostics } from './diagnostics.ts';
import { formatPlan, summarizeRun } from './summary.ts';
import { formatDuration, indent, printableLine, printableLines, type Style } from './text.ts';

export interface PlainOptions {
  readonly style: Style;
  readonly write: (text: string) => void;
  /** Print each docker command and the builds' own output. */
  readonly debug: boolean;
  /** Print failures and warnings only. */
  readonly quiet: boolean;
}

const STARTED: Record<Step, string> = { pull: 'pulling', build: 'building', push: 'pushing' };
const ENDED: Record<Step, string> = { pull: 'pulled', build: 'built', push: 'pushed' };
const VERB_WIDTH = 8;

/** Progress as calm lines: one when something starts, one when it ends, and one that sums up. */
export function createPlainReport({ style, write, debug, quiet }: PlainOptions): EventSink {
  let width = 0;
  const line = (image: string, verb: string, paint: (text: string) => string, rest: string) => {
    const text = `${style.image(image.padEnd(width))}  ${paint(verb.padEnd(VERB_WIDTH))}  ${rest}`;
    write(`${text.trimEnd()}\n`);
  };
  const unlessQuiet = (work: () => void) => {
    if (!quiet) work();
  };

  return (event: RunEvent) => {
    switch (event.type) {
      case 'run-started':
        width = Math.max(0, ...event.images.map((image) => image.length));
        return;
      case 'warning':
        return write(formatDiagnostics([event.warning], style));
      case 'docker':
        if (debug) write(`${style.dim(`$ ${event.argv.map(shellWord).join(' ')}`)}\n`);
        return;
      case 'step-started':
        return unlessQuiet(() =>
          line(
            event.image,
            STARTED[event.step],
            style.busy,
            event.step === 'push' ? event.ref : `${event.ref} ${style.dim(`(${event.reason})`)}`,
          ),
        );
      case 'step-log':
        if (debug) write(`${style.dim(`${event.image} | ${printableLine(event.line)}`)}\n`);
        return;
      case 'step-done':
        return unlessQuiet(() => {
          const took = formatDuration(event.durationMs);
          if (event.result === 'done')
            line(event.image, ENDED[event.step], style.good, `in ${took}`);
          else if (event.result === 'not-found')
            line(event.image, 'absent', style.dim, `not in the registry (${took})`);
          else line(event.image, 'failed', style.bad, `after ${took}`);
        });
      case 'image-failed':
        return write(formatFailure(event.image, event.failure, style));
      case 'image-skipped':
        return unlessQuiet(() => line(event.image, 'skipped', style.warning, event.reason));
      case 'run-done':
        return unlessQuiet(() =>
          write(
            event.dryRun
              ? formatPlan(event.results, style)
              : `${summarizeRun(event.results, event.durationMs, style)}\n`,
          ),
        );
      default:
        return unreachable(event);
    }
  };
}

/** A failure with all that helps to understand it. */
function formatFailure(image: string, failure: Failure, style: Style): string {
  const lines = [
    `${style.bad('error')}: ${image}: ${printableLines(failure.message)} ${style.dim(`(${failure.code})`)}`,
  ];
  if (failure.log !== undefined && failure.log.length > 0) {
    lines.push(indent(printableLines(failure.log.join('\n')), `  ${style.dim('|')} `));
  }
  if (failure.advice !== undefined) lines.push(`  ${style.good('help')}: ${failure.advice}`);
  return `${lines.join('\n')}\n`;
}

/** A word as it could be pasted into a shell. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
