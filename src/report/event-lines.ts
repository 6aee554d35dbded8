import type { Diagnostic } from '../model/diagnostic.ts';
import type { RunEvent } from '../model/event.ts';
import type { Failure } from '../model/failure.ts';
import { positionOf } from '../model/source.ts';
import { runDocument } from './json.ts';

/**
 * Events as lines for programs: a JSON object each, its keys in snake_case; schema/event.schema.json. Null for
 * one that is only for those who debug, where they are not asked for.
 */
export function eventLine(event: RunEvent, debug: boolean): string | null {
  switch (event.type) {
    case 'docker':
    case 'request':
      return debug ? line(event) : null;
    case 'warning':
      return diagnosticLine(event.warning);
    case 'image-failed':
      return line({ ...event, failure: failureOf(event.failure) });
    case 'run-done':
      return line({ type: event.type, ...runDocument(event) });
    default:
      return line(event);
  }
}

/** A mistake or a doubt. */
export function diagnosticLine(diagnostic: Diagnostic): string {
  const { severity, code, message, advice, place, image } = diagnostic;
  const at = place === undefined ? null : { file: place.source.path, ...positionOf(place) };
  const said = { severity, code, message, advice: advice ?? null, image: image ?? null, at };
  return line({ type: 'diagnostic', ...said });
}

/** What ends a command: a mistake on its line, a docker that cannot be used. */
export function endLine(message: string, advice: string | undefined): string {
  return line({ type: 'error', message, advice: advice ?? null });
}

function failureOf({ code, message, advice, log }: Failure) {
  return { code, message, advice: advice ?? null, log: log ?? [] };
}

function line({ type, ...rest }: { readonly type: string } & Readonly<Record<string, unknown>>) {
  return `${JSON.stringify({ format: 'docker-ensure/event/v1', type, ...snakeCased(rest) })}\n`;
}

/** The same with the keys of all objects in snake_case. */
function snakeCased<T>(value: T): T {
  if (Array.isArray(value)) return value.map(snakeCased) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCased(item),
    ]),
  ) as T;
}
