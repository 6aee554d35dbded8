import type { Difference, FileChange } from '../model/difference.ts';
import type { Explanation } from '../model/explanation.ts';
import { formatBounds } from './changes.ts';
import { formatAge, indent, printableLine, type Style } from './text.ts';

/** schema/why.schema.json. */
export function explanationDocument(explanation: Explanation): string {
  const { image, ref, verdict, against, differences } = explanation;
  const document = {
    format: 'docker-ensure/why/v1',
    image,
    ref,
    verdict,
    against:
      against === null
        ? null
        : {
            ref: against.ref,
            created: against.createdMs === null ? null : new Date(against.createdMs).toISOString(),
          },
    differences,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** An explanation for people: a line that says it, and beneath it each input that differs. */
export function formatExplanation(explanation: Explanation, nowMs: number, style: Style): string {
  const { image, differences } = explanation;
  const lines = [`${style.image(image)}  ${verdictOf(explanation, nowMs)}`];
  for (const difference of differences)
    lines.push(indent(formatDifference(difference, explanation, nowMs, style), '  '));
  return `${lines.join('\n')}\n`;
}

function verdictOf({ ref, verdict, against }: Explanation, nowMs: number): string {
  const made =
    against === null || against.createdMs === null
      ? ''
      : `, built ${formatAge(nowMs - against.createdMs)} ago`;
  const other = against === null ? '' : `${against.ref}${made}`;
  switch (verdict) {
    case 'identical':
      return against === null
        ? `${ref} is here, and is what would be built: identical`
        : `${ref} has the same inputs as ${other}: identical`;
    case 'changed':
      return `${ref} differs from ${other}:`;
    case 'removed':
      return against === null
        ? `${ref} was built here, and is here no longer`
        : `${ref} was built here, and is here no longer; it differs from ${other}:`;
    case 'new':
      return `${ref} was never built here, and nothing else of its repository is here`;
  }
}

function formatDifference(
  difference: Difference,
  { interval }: Pick<Explanation, 'interval'>,
  nowMs: number,
  style: Style,
): string {
  const { input, before, after } = difference;
  switch (difference.is) {
    case 'value': {
      if (input === 'interval' && interval !== null) {
        return `interval  ${formatBounds(interval, nowMs)}`;
      }
      if (before === null) return `${input}  ${style.good('added')} ${shown(after)}`;
      if (after === null) return `${input}  ${style.bad('removed')}, was ${shown(before)}`;
      return `${input}  ${shown(before)} → ${shown(after)}`;
    }
    case 'dockerfile':
      return difference.lines === null
        ? `${input}  changed; its earlier text is not known`
        : `${input}  changed\n${difference.lines.map((line) => `  ${diffLine(line, style)}`).join('\n')}`;
    case 'files':
      return difference.files === null
        ? `${input}  changed; the earlier list is not known`
        : [`${input}  ${totals(difference.files)}`, ...fileLines(difference.files, style)].join(
            '\n',
          );
    case 'parent': {
      const title = `${input}  the parent ${difference.image} changed`;
      if (difference.differences === null)
        return `${title}: ${shortHash(before)} → ${shortHash(after)}`;
      const own = difference.differences.map((each) =>
        indent(formatDifference(each, { interval: null }, nowMs, style), '  '),
      );
      return [`${title}:`, ...own].join('\n');
    }
  }
}

/** How many files are listed; `--json` has them all. */
const MOST_FILES = 20;

const MARKS = { added: '+', removed: '-', changed: '~' } as const;

function fileLines(files: readonly FileChange[], style: Style): string[] {
  const paint = { added: style.good, removed: style.bad, changed: style.warning };
  const lines = files.slice(0, MOST_FILES).map(({ is, path, by }) => {
    const line = `  ${paint[is](`${MARKS[is]} ${printableLine(path)}`)}`;
    return by === undefined ? line : `${line}  ${style.dim(printableLine(by))}`;
  });
  const rest = files.length - MOST_FILES;
  return rest > 0 ? [...lines, style.dim(`  and ${rest} more (--json has all)`)] : lines;
}

/** `2 changed, 1 added`. */
function totals(files: readonly FileChange[]): string {
  const kinds = ['changed', 'added', 'removed'] as const;
  return kinds
    .map((kind) => ({ kind, number: files.filter(({ is }) => is === kind).length }))
    .filter(({ number }) => number > 0)
    .map(({ kind, number }) => `${number} ${kind}`)
    .join(', ');
}

function diffLine(line: string, style: Style): string {
  const text = printableLine(line);
  if (line.startsWith('+')) return style.good(text);
  if (line.startsWith('-')) return style.bad(text);
  return line.startsWith('@') ? style.busy(text) : text;
}

/** A value on one line; one with blanks at its ends or control characters as JSON. */
function shown(value: string | null): string {
  if (value === null) return '';
  return /^$|^\s|\s$|\p{Cc}/u.test(value) ? JSON.stringify(value) : value;
}

function shortHash(text: string | null): string {
  return text !== null && /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 16) : (text ?? '');
}
