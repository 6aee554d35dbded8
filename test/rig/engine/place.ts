/** Where the rig keeps things: a shared cache of programs, and a state folder for each process. */
import { createHash } from 'node:crypto';
import { existsSync, statfsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Mistake } from './errors.ts';
import type { Owner } from './types.ts';

const MEMORY = '/dev/shm';
/** As statfs(2) has it. */
const TMPFS = 0x01021994;
/** Bytes; all engines and registries of a test run together take a tenth of it. */
const ROOM = 4e9;

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
 * What ends with a process goes into memory, where there is plenty: docker writes to disk all the time.
 */
export function stateFolder(kind: 'engine' | 'registry', name: string, owner?: Owner): string {
  if (!/^[a-z0-9][a-z0-9-]{0,23}$/.test(name)) {
    throw new Mistake(`"${name}" cannot be a name: use up to 24 of a-z, 0-9 and "-".`);
  }
  const suffix = kind === 'registry' ? '.registry' : '';
  const [first, other] = stateBases().map((base) =>
    join(base, `${shortHash(checkout)}-${name}${suffix}`),
  ) as [string, string?];
  if (other === undefined || existsSync(first)) return first;
  return existsSync(other) || typeof owner === 'number' ? other : first;
}

/** The names under which this checkout has a state folder. */
export async function stateNames(): Promise<string[]> {
  const mine = `${shortHash(checkout)}-`;
  const folders = await Promise.all(stateBases().map((base) => readdir(base).catch(() => [])));
  const names = folders
    .flat()
    .filter((folder) => folder.startsWith(mine))
    .map((folder) => folder.slice(mine.length).replace(/\.registry$/, ''));
  return [...new Set(names)].sort();
}

/** The one on disk and, with at least 8 GB of it, the one in memory. */
function stateBases(): readonly string[] {
  const folder = 'docker-ensure-engine';
  const onDisk = join(tmpdir().length > 12 ? '/tmp' : tmpdir(), folder);
  return isRoomy(MEMORY) ? [onDisk, join(MEMORY, folder)] : [onDisk];
}

/** Of the size, not of what is free: whoever asks gets the same answer while programs come and go. */
function isRoomy(path: string): boolean {
  if (!existsSync(path)) return false;
  const { type, blocks, bsize } = statfsSync(path);
  return type === TMPFS && blocks * bsize >= ROOM && totalmem() >= 2 * ROOM;
}
