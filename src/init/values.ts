import { HUB } from '../model/hub.ts';
import { parseReference } from '../model/reference.ts';
import type { DraftName } from './draft.ts';

/** A text without variables, such as bake gives, as the manifest has it. */
export function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/**
 * A text of a compose file as the manifest has it: an unset variable is an error there, where compose takes it for
 * empty. Null where there is no saying the same.
 */
export function composeText(text: string): string | null {
  let known = true;
  const written = text.replace(
    /\$\$|\$\{(\w+)\}|\$\{(\w+)(:?[-+?])([^${}]*)\}|\$(\w+)|\$/g,
    (
      whole: string,
      braced?: string,
      name?: string,
      operator?: string,
      word?: string,
      bare?: string,
    ) => {
      if (whole === '$$') return whole;
      const plain = braced ?? bare;
      if (plain !== undefined && /^[A-Za-z_]/.test(plain)) return `\${${plain}:-}`;
      // One that must be set is asked for when the manifest is used, as compose does; here it may be unset.
      if (operator?.endsWith('?') === true) return `\${${name}:-}`;
      if (name !== undefined) return `\${${name}${operator}${word}}`;
      known = false;
      return whole;
    },
  );
  return known ? written : null;
}

/** A scalar of YAML as text; null for anything else. */
export function scalarText(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : null;
}

/** The parts of a reference that has no variables; null where it is none. */
export function nameOf(reference: string): DraftName | null {
  const parsed = parseReference(reference);
  if (parsed === null) return null;
  const { server, repository, tag } = parsed;
  return {
    server: server === HUB ? null : server,
    repository: server === HUB ? repository.replace(/^library\/(?=[^/]+$)/, '') : repository,
    version: tag === 'latest' ? null : tag,
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An address, which no folder of the project is. */
export function isAddress(context: string): boolean {
  return /^[\w+.-]+:\/\/|^git@|^github\.com\/|^[\w-]+:(?!\/)/.test(context) || context === '-';
}
