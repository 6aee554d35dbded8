/** Where the rig keeps things: a shared cache of programs, and a state folder for each process. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Mistake } from './errors.ts';

/** The checkout this file belongs to: engines of two checkouts never share a folder. */
export const checkout = fileURLToPath(new URL('../../..', import.meta.url));

/** The scripts beside this file, by name. */
export function script(name: 'supervise.sh' | 'enter.sh'): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Programs are the same for every checkout and every run, so they are fetched once a user. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'docker-ensure-engine');
}

/** A short, stable name for a text. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/**
 * The state folder of one engine or registry. An engine puts unix sockets deep into it, whose
 * paths may have about 100 bytes: names are short, and a long temporary folder is passed over.
 */
export function stateFolder(kind: 'engine' | 'registry', name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,23}$/.test(name)) {
    throw new Mistake(`"${name}" cannot be a name: use up to 24 of a-z, 0-9 and "-".`);
  }
  const suffix = kind === 'registry' ? '.registry' : '';
  return join(stateBase(), `${shortHash(checkout)}-${name}${suffix}`);
}

/** The names under which this checkout has a state folder. */
export async function stateNames(): Promise<string[]> {
  const mine = `${shortHash(checkout)}-`;
  const folders = await readdir(stateBase()).catch(() => []);
  const names = folders
    .filter((folder) => folder.startsWith(mine))
    .map((folder) => folder.slice(mine.length).replace(/\.registry$/, ''));
  return [...new Set(names)].sort();
}

function stateBase(): string {
  return join(tmpdir().length > 12 ? '/tmp' : tmpdir(), 'docker-ensure-engine');
}
