import type { Diagnostic } from '../model/diagnostic.ts';
import type { EventSink, RunEvent } from '../model/event.ts';
import type { Failure } from '../model/failure.ts';
import type { ImageResult } from '../model/plan.ts';
import { positionOf } from '../model/source.ts';
import { formatDuration, printableLine } from './text.ts';

/** The CI systems that get more than plain lines. */
export type CiSystem = 'github' | 'gitlab';

export interface CiOptions {
  readonly system: CiSystem;
  readonly write: (text: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The path of a file as the repository has it. */
  readonly pathOf: (shown: string) => string;
  /** Logs are not folded: they were not wanted, or are shown as they come. */
  readonly withoutLogs: boolean;
}

/** So much of a log is kept until its build has ended. */
const MOST_LINES = 10_000;

/** Adds to a report what a CI system can do with it: logs that fold, and marks at lines of files. */
export function createCiReport(report: EventSink, options: CiOptions): EventSink {
  const logs = new Map<string, string[]>();
  return (event) => {
    report(event);
    if (event.type === 'step-log' && !options.withoutLogs) keep(logs, event);
    if (event.type === 'step-done' && (event.step === 'build' || event.step === 'test')) {
      const { image, step } = event;
      const lines = logs.get(`${step} ${image}`) ?? [];
      logs.delete(`${step} ${image}`);
      if (lines.length > 0)
        options.write(FOLDED[options.system]({ image, step }, lines, options.now()));
    }
    if (options.system !== 'github') return;
    if (event.type === 'warning') options.write(annotations([event.warning], options));
    if (event.type === 'image-failed')
      options.write(failureAnnotation(event.image, event.failure, options));
  };
}

function keep(
  logs: Map<string, string[]>,
  { image, step, line }: Extract<RunEvent, { type: 'step-log' }>,
): void {
  const lines = logs.get(`${step} ${image}`) ?? [];
  logs.set(`${step} ${image}`, lines);
  if (lines.length < MOST_LINES) lines.push(printableLine(line));
}

/** What a log is of. */
interface Logged {
  readonly image: string;
  readonly step: 'build' | 'test';
}

const FOLDED: Record<CiSystem, (of: Logged, lines: readonly string[], nowMs: number) => string> = {
  /** https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions */
  github: ({ image, step }, lines) =>
    [`::group::${step} log of ${image}`, ...lines.map(harmless), '::endgroup::', ''].join('\n'),
  /** https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections */
  gitlab: ({ image, step }, lines, nowMs) => {
    const prefix = step === 'test' ? 'docker_ensure_test' : 'docker_ensure';
    const name = `${prefix}_${image.replace(/[^A-Za-z0-9_.-]/g, '_')}`;
    const at = Math.floor(nowMs / 1000);
    const start = `\u001b[0Ksection_start:${at}:${name}[collapsed=true]\r\u001b[0K`;
    const end = `\u001b[0Ksection_end:${at}:${name}\r\u001b[0K`;
    return [`${start}${step} log of ${image}`, ...lines, end, ''].join('\n');
  },
};

/** A line of a build is no command to the runner, whatever it says. */
function harmless(line: string): string {
  return `| ${line.replaceAll('##[', '## [')}`;
}

/** A mark at the line of each mistake and doubt that has one. */
export function annotations(
  diagnostics: readonly Diagnostic[],
  { pathOf }: Pick<CiOptions, 'pathOf'>,
): string {
  return diagnostics
    .map(({ severity, code, message, advice, place }) => {
      const at =
        place === undefined
          ? {}
          : { file: pathOf(place.source.path), ...columnOf(positionOf(place)) };
      return annotation(severity, { ...at, title: code }, withAdvice(message, advice));
    })
    .join('');
}

/** Docker shows the line of the Dockerfile at which a build failed. */
function failureAnnotation(
  image: string,
  { code, message, advice, log = [] }: Failure,
  { pathOf }: Pick<CiOptions, 'pathOf'>,
): string {
  const [, file, line] = log.map((each) => /^(\S.*):(\d+)$/.exec(each)).find(Boolean) ?? [];
  const at = file === undefined || line === undefined ? {} : { file: pathOf(file), line };
  return annotation('error', { ...at, title: `${image}: ${code}` }, withAdvice(message, advice));
}

function columnOf({ line, column }: { readonly line: number; readonly column: number }) {
  return { line: `${line}`, col: `${column}` };
}

function withAdvice(message: string, advice: string | undefined): string {
  return advice === undefined ? message : `${message}\n${advice}`;
}

function annotation(
  severity: 'error' | 'warning',
  properties: Readonly<Record<string, string>>,
  message: string,
): string {
  const given = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`);
  return `::${severity} ${given.join(',')}::${data(message)}\n`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** What became of the images, as a table for a job's summary: GitHub's Markdown. */
export function summaryTable(results: readonly ImageResult[]): string {
  const rows = results.map(({ image, action, push, outcome, ref, durationMs, failure }) => {
    const done = `${action}${push ? ', push' : ''}`;
    const end = failure === null ? (outcome ?? 'planned') : `failed: ${failure.message}`;
    const cells = [image, done, end, `\`${ref}\``, formatDuration(durationMs)];
    return `| ${cells.map((cell) => cell.replace(/\s+/g, ' ').replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const head = ['| image | action | outcome | reference | time |', '|---|---|---|---|---|'];
  return `${['### docker-ensure', '', ...head, ...rows, ''].join('\n')}\n`;
}
