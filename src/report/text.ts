import { Chalk, type ChalkInstance } from 'chalk';

/** The colours of the output, by what they say rather than by what they look like. */
export interface Style {
  readonly image: (text: string) => string;
  readonly good: (text: string) => string;
  readonly busy: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly dim: (text: string) => string;
}

/** Styles for an output that shows colours, or not. */
export function createStyle(color: boolean): Style {
  const chalk: ChalkInstance = new Chalk({ level: color ? 1 : 0 });
  return {
    image: chalk.bold,
    good: chalk.green,
    busy: chalk.cyan,
    bad: chalk.red,
    warning: chalk.yellow,
    dim: chalk.dim,
  };
}

/** A duration for people: `85 ms`, `1.2 s`, `3 min 05 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** A long time for people, in its greatest unit: `40 s`, `5 min`, `21 h`, `2 days`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** Bytes as docker writes them: `812 B`, `1.5 kB`, `23.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(bytes || 1) / 3)));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** `1 image`, `2 images`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

/** Every line moved to the right. */
export function indent(text: string, by: string): string {
  return text.replace(/^/gm, by);
}

const ESC = '\u001b';

/** Escape sequences: `ESC [ … letter`, `ESC ] … BEL`, `ESC letter`. */
const SEQUENCE = new RegExp(
  `${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^\u0007${ESC}]*(?:\u0007|${ESC}\\\\)?|[@-Z^_])`,
  'g',
);

/**
 * A line of a program's output as it may go to a terminal: without colours, and without what would
 * move the cursor. Of a line that was written over and over, the last state.
 */
export function printableLine(line: string): string {
  const states = line.replace(SEQUENCE, '').split('\r');
  return printable(states.findLast((state) => state !== '') ?? '');
}

/** The same for several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printableLine).join('\n');
}

/** Control characters, which could move the cursor, as a visible stand-in of the same width. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => (character === '\t' ? '\t' : '\u{fffd}'));
}
