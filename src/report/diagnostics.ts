import type { Diagnostic } from '../model/diagnostic.ts';
import { formatPlace, type Place, positionOf } from '../model/source.ts';
import type { Redact } from './redact.ts';
import { count, printable, type Style } from './text.ts';

/** Warnings or notes of one kind that are shown, where not all are asked for. */
export const FEW = 5;

export interface DiagnosticsOptions {
  /** Every place of a warning. */
  readonly all?: boolean;
  /** A line of which only a part is shown must not show a part of a secret. */
  readonly redact?: Redact;
}

/**
 * Mistakes as a person reads them: what is wrong, where, the line itself with the place marked, and
 * what to do. Warnings of one kind stand together, the first few of them unless `all` is asked for.
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  style: Style,
  options: DiagnosticsOptions = {},
): string {
  const kinds = new Map<string, Diagnostic[]>();
  for (const [at, diagnostic] of diagnostics.entries()) {
    const { severity, code } = diagnostic;
    const kind = severity === 'error' ? String(at) : code;
    kinds.set(kind, [...(kinds.get(kind) ?? []), diagnostic]);
  }
  return [...kinds.values()].map((kind) => `${formatKind(kind, style, options)}\n`).join('\n');
}

function formatKind(
  kind: readonly Diagnostic[],
  style: Style,
  { all = false, redact = (text) => text }: DiagnosticsOptions,
): string {
  const [first, ...others] = kind;
  if (first === undefined) return '';
  if (others.length === 0) return formatDiagnostic(first, style, redact);
  const { code, message, advice } = first;
  const shared = others.every((other) => other.message === message);
  const advised = others.every((other) => other.advice === advice);
  const heading = shared ? message : `${kind.length} of one kind`;
  const lines = [`${style.warning('warning')}: ${heading} ${style.dim(`(${code})`)}`];
  if (advised && advice !== undefined) lines.push(`  ${style.good('help')}: ${advice}`);
  for (const each of all ? kind : kind.slice(0, FEW)) {
    const at = each.place === undefined ? (each.image ?? '') : formatPlace(each.place);
    const what = [at, ...(shared ? [] : [each.message])].filter((part) => part !== '').join(': ');
    lines.push(`  ${style.dim('at')} ${what}`);
    if (!advised && each.advice !== undefined)
      lines.push(`     ${style.good('help')}: ${each.advice}`);
  }
  const more = kind.length - FEW;
  if (!all && more > 0) lines.push(`  and ${more} more (\`--debug\` shows all)`);
  return lines.join('\n');
}

/** `2 errors, 1 warning`. */
export function summarizeDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  return [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ].join(', ');
}

function formatDiagnostic(diagnostic: Diagnostic, style: Style, redact: Redact): string {
  const { severity, code, message, advice, place } = diagnostic;
  const label = severity === 'error' ? style.bad('error') : style.warning('warning');
  const lines = [`${label}: ${message} ${style.dim(`(${code})`)}`];
  if (place !== undefined)
    lines.push(`  ${style.dim('at')} ${formatPlace(place)}`, ...codeFrame(place, style, redact));
  if (advice !== undefined) lines.push(`  ${style.good('help')}: ${advice}`);
  return lines.join('\n');
}

/** The longest part of a line that is shown. */
const FRAME_WIDTH = 100;

/** The source line of a place, with a caret under each of its characters. */
function codeFrame(place: Place, style: Style, redact: Redact): string[] {
  const { line, column: start } = positionOf(place);
  const written = (place.source.text.split('\n')[line - 1] ?? '').replace(/\r$/, '');
  // As a whole: a place can begin within a secret.
  const text = redact(written);
  const column = redact(written.slice(0, start - 1)).length + 1;
  if (text.trim() === '') return [];
  const from = column > FRAME_WIDTH - 20 ? column - 20 : 0;
  const shown = printable(text.slice(from, from + FRAME_WIDTH));
  const before = shown.slice(0, column - 1 - from).replace(/[^\t]/g, ' ');
  const length = Math.min(place.end - place.start, shown.length - (column - 1 - from));
  const number = String(line);
  const margin = ' '.repeat(number.length);
  return [
    `  ${style.dim(`${number} |`)} ${shown}`,
    `  ${style.dim(`${margin} |`)} ${before}${style.bad('^'.repeat(Math.max(1, length)))}`,
  ];
}
