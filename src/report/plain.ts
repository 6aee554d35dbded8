import type { EventSink, RunEvent, Step } from '../model/event.ts';
import type { Failure } from '../model/failure.ts';
import { unreachable } from '../model/unreachable.ts';
import { formatDiagnostics } from './diagnostics.ts';
import { summarizeRun } from './summary.ts';
import { formatDuration, indent, printableLine, printableLines, type Style } from './text.ts';

export interface PlainOptions {
  readonly style: Style;
  readonly write: (text: string) => void;
  /** Print each docker command and the builds' own output. */
  readonly debug: boolean;
  /** Print failures and warnings only. */
  readonly quiet: boolean;
}

const STARTED: Record<Step, string> = {
  probe: 'probing',
  pull: 'pulling',
  build: 'building',
  test: 'testing',
  push: 'pushing',
  copy: 'copying',
  tag: 'tagging',
};
const ENDED: Record<Step, string> = {
  probe: 'present',
  pull: 'pulled',
  build: 'built',
  test: 'tested',
  push: 'pushed',
  copy: 'copied',
  tag: 'tagged',
};
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
      case 'note':
        return unlessQuiet(() => write(`${style.busy('note')}: ${printableLine(event.text)}\n`));
      case 'docker':
        if (debug) write(`${style.dim(commandText(event))}\n`);
        return;
      case 'request':
        if (debug) write(`${style.dim(requestText(event))}\n`);
        return;
      case 'step-started':
        return unlessQuiet(() =>
          line(
            event.image,
            STARTED[event.step],
            style.busy,
            event.step === 'push' || event.step === 'tag'
              ? event.ref
              : `${event.ref} ${style.dim(`(${event.reason})`)}`,
          ),
        );
      case 'step-log':
        if (debug) write(`${style.dim(`${event.image} | ${printableLine(event.line)}`)}\n`);
        return;
      case 'step-done':
        return unlessQuiet(() => line(event.image, ...endOf(event, style)));
      case 'step-retry':
        return unlessQuiet(() => line(event.image, 'retrying', style.warning, formatRetry(event)));
      case 'image-waiting':
        return unlessQuiet(() =>
          line(
            event.image,
            'waiting',
            style.warning,
            `another run (process ${event.pid}) works on ${event.ref}`,
          ),
        );
      case 'image-failed':
        return write(formatFailure(event.image, event.failure, style));
      case 'image-skipped':
        return unlessQuiet(() => line(event.image, 'skipped', style.warning, event.reason));
      case 'run-done':
        return unlessQuiet(() => write(`${summarizeRun(event.results, event, style)}\n`));
      default:
        return unreachable(event);
    }
  };
}

type Event<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** The verb of a step's end, its colour, and the rest of the line. */
function endOf(
  { step, result, durationMs, registry }: Event<'step-done'>,
  style: Style,
): [string, (text: string) => string, string] {
  const took = formatDuration(durationMs);
  const [at, which, to] =
    registry === undefined ? ['', '', ''] : [`${registry}, `, ` ${registry}`, ` to ${registry}`];
  switch (result) {
    case 'done':
      return [ENDED[step], style.good, `${at}in ${took}`];
    case 'not-found':
      return ['absent', style.dim, `not in the registry${which} (${took})`];
    case 'already-there':
      return ['adopted', style.good, `another run had pushed it${to} (${took})`];
    case 'unclear':
      return [
        'unclear',
        style.warning,
        `the registry${which} did not ${step === 'push' || step === 'copy' ? 'take it' : 'say'} (${took})`,
      ];
    case 'failed':
      return ['failed', style.bad, `${at}after ${took}`];
  }
}

function formatRetry(event: Event<'step-retry'>): string {
  const { registryError, attempt, attempts, delayMs, registry } = event;
  const when = `try ${attempt} of ${attempts} in ${formatDuration(delayMs)}`;
  const at = registry === undefined ? '' : `${registry}, `;
  return `${when} (${at}${registryError.fault}: ${printableLine(registryError.message)})`;
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

function requestText({ method, address, status }: Event<'request'>): string {
  return `${method} ${printableLine(address)}: ${status ?? 'no answer'}`;
}

/** A docker command, and beneath it what it was told on its stdin. */
function commandText({ argv, input }: Event<'docker'>): string {
  const command = `$ ${argv.map(shellWord).join(' ')}`;
  return input === undefined
    ? command
    : `${command}\n${indent(printableLines(input.trim()), '  ')}`;
}
