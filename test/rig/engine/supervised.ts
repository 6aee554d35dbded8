/** Long-running programs that end with their owners: the TypeScript face of supervise.sh. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { script } from './place.ts';
import type { Owner } from './types.ts';

/** One claim to a program: the name of a file in its owners folder. */
export type Claim = string;

/** A new claim. A process that asks twice has two, so that letting go of one leaves the other. */
export function newClaim(owner: Owner = process.pid): Claim {
  return owner === 'forever' ? owner : `${owner}.${randomBytes(3).toString('hex')}`;
}

/**
 * Lays a claim to a running program. False when nothing runs there, or is just about to end:
 * the supervisor's removal of the empty owners folder decides that.
 */
export async function lay(claim: Claim, folder: string): Promise<boolean> {
  if (!isSupervised(folder)) return false;
  return writeFile(join(folder, 'owners', claim), birthOf(claim)).then(
    () => true,
    () => false,
  );
}

/** Runs a program in a folder that exists, under a supervisor that outlives this process. */
export async function launch(
  folder: string,
  claim: Claim | undefined,
  command: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  await mkdir(join(folder, 'owners'), { recursive: true });
  if (claim !== undefined) await writeFile(join(folder, 'owners', claim), birthOf(claim));
  const log = openSync(join(folder, 'log'), 'a');
  // The signal makes a supervisor that is killed take its program along.
  const args = [
    script('supervise.sh'),
    'run',
    folder,
    'setpriv',
    '--pdeathsig',
    'KILL',
    ...command,
  ];
  const child = spawn('sh', args, { detached: true, stdio: ['ignore', log, log], env, cwd: '/' });
  child.unref();
  closeSync(log);
  await until(() => readPid(folder, 'supervisor.pid') === child.pid, 5);
}

/** Takes one owner away, and waits for the end if it was the last. */
export async function release(folder: string, claim: Claim): Promise<void> {
  await rm(join(folder, 'owners', claim), { force: true });
  const others = await readdir(join(folder, 'owners')).catch(() => []);
  signal(folder, 'supervisor.pid', 'SIGTERM');
  if (others.length === 0) await remove(folder);
}

/** Ends a program whoever owns it, and whatever state a crash left it in; removes its folder. */
export async function remove(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  await rm(join(folder, 'owners'), { recursive: true, force: true });
  signal(folder, 'supervisor.pid', 'SIGTERM');
  if (isSupervised(folder) && (await until(() => !existsSync(folder), 10))) return;
  await execa('sh', [script('supervise.sh'), 'clean', folder]);
}

/** Kills the program, as a crash would. Its folder, and its supervisor, stay. */
export async function killMain(folder: string): Promise<void> {
  const pid = readPid(folder, 'main.pid');
  signal(folder, 'main.pid', 'SIGKILL');
  if (pid !== undefined) await until(() => !isOurs(folder, pid), 10);
}

/** Kills program and supervisor; the folder stays, for `launch` to begin again in it. */
export async function killAll(folder: string): Promise<void> {
  signal(folder, 'supervisor.pid', 'SIGKILL');
  await until(() => !isSupervised(folder), 5);
  await killMain(folder);
}

/** Whether a living supervisor of ours watches this folder. */
function isSupervised(folder: string): boolean {
  const pid = readPid(folder, 'supervisor.pid');
  return pid !== undefined && isOurs(folder, pid);
}

/** Whether the program itself is alive. */
export function isRunning(folder: string): boolean {
  const pid = readPid(folder, 'main.pid');
  return pid !== undefined && isOurs(folder, pid);
}

/** Waits until something holds; false when it did not within `seconds`. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  seconds: number,
): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > end) return false;
    await sleep(20);
  }
  return true;
}

function signal(folder: string, file: string, name: NodeJS.Signals): void {
  const pid = readPid(folder, file);
  if (pid === undefined || !isOurs(folder, pid)) return;
  try {
    process.kill(pid, name);
  } catch {
    // It ended between the look and the signal.
  }
}

/** Process ids are used again: one is ours only while its command line names our folder. */
function isOurs(folder: string, pid: number): boolean {
  // In the middle of an exec a process has no command line; one that ended never has it again.
  for (let attempt = 0; attempt < 50; attempt++) {
    const command = readText(`/proc/${pid}/cmdline`);
    if (command !== '') return command?.includes(folder) ?? false;
    if (!/\) [^ZX] /.test(readText(`/proc/${pid}/stat`) ?? '')) return false;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
  return false;
}

function readPid(folder: string, file: string): number | undefined {
  const pid = Number.parseInt(readText(join(folder, file)) ?? '', 10);
  return Number.isNaN(pid) ? undefined : pid;
}

/** The start time of a process, which tells it from a later one with the same id. */
function birthOf(claim: Claim): string {
  if (claim === 'forever') return '\n';
  const pid = Number.parseInt(claim, 10);
  const stat = readText(`/proc/${pid}/stat`);
  // The second field, a name in parentheses, may hold anything; the start time is the 22nd.
  const birth = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  if (birth === undefined) throw new Error(`There is no process ${pid} to own anything.`);
  return `${birth}\n`;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
