import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { kill, pid } from 'node:process';
import { sha256 } from './canonical.ts';

/** A name for this process that no other has or will have: machine, process id and start time. */
export async function holderName(): Promise<string> {
  return `${machine()}-${pid}-${(await startTime(pid)) ?? 0}`;
}

const DAY = 24 * 60 * 60 * 1000;

/**
 * Does the process of that name still run? For one of another machine, which may share the folder,
 * nobody can tell: it does, for a day after it made `path`.
 */
export async function isAlive(holder: string, path: string): Promise<boolean> {
  const [host, id, start] = holder.split('-');
  if (host !== machine()) return (await age(path)) < DAY;
  const process = Number(id);
  if (!Number.isInteger(process) || process <= 0 || !runs(process)) return false;
  const actual = await startTime(process);
  return actual === null || start === '0' || actual === start;
}

/** Another container has another host name, and process ids of its own. */
function machine(): string {
  return sha256(hostname()).slice(0, 8);
}

/** In clock ticks since the machine started; null where the system has no /proc. */
async function startTime(process: number): Promise<string | null> {
  const stats = await readFile(`/proc/${process}/stat`, 'utf8').catch(() => null);
  // The second field is the program's name in parentheses, which may hold blanks and parentheses.
  return stats?.slice(stats.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function runs(process: number): boolean {
  try {
    return kill(process, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function age(path: string): Promise<number> {
  const stats = await stat(path).catch(() => null);
  return stats === null ? Number.POSITIVE_INFINITY : Date.now() - stats.mtimeMs;
}
