import type { Diagnostic } from '../model/diagnostic.ts';
import { formatPlace, type Place, positionOf } from '../model/source.ts';
import { count, printable, type Style } from './text.ts';

/**
 * Mistakes as a person reads them: what is wrong, where, the line itself with the place marked, and
 * what to do.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], style: Style): string {
  return diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic, style)}\n`).join('\n');
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

function formatDiagnostic(diagnostic: Diagnostic, style: Style): string {
  const { severity, code, message, advice, place } = diagnostic;
  const label = severity === 'error' ? style.bad('error') : style.warning('warning');
  const lines = [`${label}: ${message} ${style.dim(`(${code})`)}`];
  if (place !== undefined)
    lines.push(`  ${style.dim('at')} ${formatPlace(place)}`, ...codeFrame(place, style));
  if (advice !== undefined) lines.push(`  ${style.good('help')}: ${advice}`);
  return lines.join('\n');
}

/** The longest part of a line that is shown. */
const FRAME_WIDTH = 100;

/** The source line of a place, with a caret under each of its characters. */
function codeFrame(place: Place, style: Style): string[] {
  const { line, column } = positionOf(place);
  const text = (place.source.text.split('\n')[line - 1] ?? '').replace(/\r$/, '');
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
