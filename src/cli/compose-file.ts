import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { UsageError } from './context.ts';

/** In the order in which docker compose looks for them. */
const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'] as const;

/**
 * The services of the compose file at hand: that of the first of these folders which has one; null where none
 * has. Throws `UsageError` where it cannot be read.
 */
export async function readServices(folders: readonly string[]): Promise<readonly string[] | null> {
  for (const folder of new Set(folders)) {
    for (const name of NAMES) {
      const text = await readIfThere(join(folder, name), name);
      if (text !== null) return servicesIn(text, name);
    }
  }
  return null;
}

async function readIfThere(path: string, name: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new UsageError(`${name} cannot be read: ${message}`);
  }
}

function servicesIn(text: string, name: string): string[] {
  // Merge keys and compose's own tags (`!reset`) change no service's name.
  const document = parseDocument(text, { logLevel: 'silent', merge: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const [start] = error.linePos ?? [];
    const place = start === undefined ? name : `${name}:${start.line}:${start.col}`;
    throw new UsageError(
      `${place}: the compose file cannot be read: ${error.message.split('\n')[0]}`,
    );
  }
  const { services } = (document.toJS() ?? {}) as { services?: unknown };
  return typeof services === 'object' && services !== null ? Object.keys(services) : [];
}
