import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { kill, pid } from 'node:process';

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
  if (!isOfThisMachine(holder)) return (await age(path)) < DAY;
  const [, id, start] = holder.split('-');
  const process = Number(id);
  if (!Number.isInteger(process) || process <= 0 || !runs(process)) return false;
  const actual = await startTime(process);
  return actual === null || start === '0' || actual === start;
}

/** Is it known that the process of that name runs no more? Of one of another machine that is never known. */
export async function isGone(holder: string): Promise<boolean> {
  return isOfThisMachine(holder) && !(await isAlive(holder, ''));
}

/** False for a holder on another machine, or in another container. */
export function isOfThisMachine(holder: string): boolean {
  return holder.split('-')[0] === machine();
}

/** The process id in a holder's name. */
export function pidOf(holder: string): number {
  return Number(holder.split('-')[1]);
}

/** Another container has another host name, and process ids of its own. */
function machine(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
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
