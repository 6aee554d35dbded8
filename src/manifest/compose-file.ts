import { join, relative } from 'node:path';
import { parseDocument } from 'yaml';
import type { Diagnostic } from '../model/diagnostic.ts';
import { readFileAt } from './files.ts';
import { unusable } from './unusable.ts';

/** In the order in which docker compose looks for them. */
const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'] as const;

/**
 * The names of the services of the compose file at hand: that of the first of these folders which has one. Null
 * where none has; a diagnostic where it cannot be read. Names are shown as seen from the first folder.
 */
export async function readServices(
  folders: readonly string[],
): Promise<readonly string[] | Diagnostic | null> {
  for (const folder of new Set(folders)) {
    for (const name of NAMES) {
      const path = join(folder, name);
      const content = readFileAt(path);
      if (content.is === 'missing') continue;
      const shown = relative(folders[0] ?? folder, path);
      return content.is === 'file'
        ? servicesIn(new TextDecoder().decode(content.bytes), shown)
        : unusable('compose-file', shown, content);
    }
  }
  return null;
}

function servicesIn(text: string, shown: string): string[] | Diagnostic {
  const document = parseDocument(text, { logLevel: 'silent', merge: true, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const [start, end] = error.pos;
    return {
      severity: 'error',
      code: 'unusable-compose-file',
      message: `the compose file cannot be read: ${error.message}`,
      advice: '`docker compose config` says what compose makes of it',
      place: { source: { path: shown, text }, start, end },
    };
  }
  const content = document.toJS() as { readonly services?: unknown } | null;
  const services = content?.services;
  return typeof services === 'object' && services !== null ? Object.keys(services) : [];
}

/** What stands in a compose file, merge keys and anchors worked out; null where it is not YAML. */
export function composeContent(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'silent', merge: true, prettyErrors: false });
  if (document.errors.length > 0) return null;
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch {
    return null;
  }
}
