/** What a run leaves behind: processes, files, and images that are what their inputs documents say. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Project } from '../rig/project.ts';
import { anEngine, emptyEngine, held, test, type World } from './rig.ts';

/** The `test` with another machine's engine: what it has pushed is not on the one of the test. */
export const otherEngine = test
  .extend('workersOther', { scope: 'worker' }, ({ store }, { onCleanup }) =>
    anEngine(store, onCleanup),
  )
  .extend('other', { scope: 'file' }, ({ workersOther }, { onCleanup }) => {
    onCleanup(() => emptyEngine(workersOther));
    return workersOther;
  });

/** A project as far as its place goes: its runs have the folder above in their environment. */
type Placed = Pick<Project, 'folder'>;

/** The hash of each image by its inputs document: what its label, and its tag, must say. */
export async function hashesOf(
  { run }: Pick<Project, 'run'>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const entries = keys.map(async (key): Promise<[string, string]> => {
    const { exitCode, stdout, stderr } = await run(['inputs', key]);
    expect(exitCode, stderr).toBe(0);
    return [key, createHash('sha256').update(stdout).digest('hex')];
  });
  return new Map(await Promise.all(entries));
}

/**
 * The names beneath the scope, here and in the registry, whose image was not built from what the
 * inputs document of its key says: `${scope}/KEY` with any tag.
 */
export async function untrue(world: World, hashes: ReadonlyMap<string, string>): Promise<string[]> {
  const { local, remote } = await held(world);
  return [...local, ...remote].flatMap(([name, { hash }]) => {
    const [, key = ''] = /\/([^/:]+):[^/:]+$/.exec(name) ?? [];
    if (!name.includes(`${world.scope}/`)) return [];
    return hash === hashes.get(key) ? [] : [`${name} was built from ${hash}`];
  });
}

interface Process {
  readonly pid: number;
  readonly command: string;
}

/** The processes that belong to a project's runs: by environment, or by command line. */
export async function processesOf({ folder }: Placed): Promise<Process[]> {
  const root = dirname(folder);
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const processes = await Promise.all(
    numbers.map(async (name): Promise<Process[]> => {
      const read = (file: string) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '');
      const command = await read('cmdline');
      // One that has ended, and was not waited for yet, has neither.
      const ours = command.includes(root) || (await read('environ')).includes(root);
      return ours ? [{ pid: Number(name), command: command.replaceAll('\0', ' ').trim() }] : [];
    }),
  );
  return processes.flat();
}

/** Waits, but not for ever, until a project has no process any more; gives those that stay. */
export async function remaining(project: Placed): Promise<Process[]> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await processesOf(project)).length === 0) return [];
    await sleep(50);
  }
  return processesOf(project);
}

/** Kills all processes of a project's runs. */
export async function killAll(project: Placed): Promise<void> {
  for (const { pid } of await processesOf(project)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}

/** A temporary folder for a project's runs alone, for `TMPDIR`. */
export async function ownTemporary({ folder }: Placed): Promise<string> {
  const temporary = join(dirname(folder), 'tmp');
  await mkdir(temporary, { recursive: true });
  return temporary;
}

/** What runs have left in their temporary folder and their cache: nothing, but for small notes. */
export async function leftBehind({ folder, cache }: Project, temporary: string): Promise<string[]> {
  const names = async (path: string) => (await readdir(path).catch(() => [])).map(String);
  const folders = await names(temporary);
  const own = folders.filter((name) => /^docker-ensure-\d+$/.test(name));
  const locks = await Promise.all(own.map((name) => names(join(temporary, name, 'locks'))));
  return [
    ...folders.filter((name) => !own.includes(name)),
    ...locks.flat().map((name) => `lock ${name}`),
    // What has no owner in its name is kept for the next run.
    ...(await names(join(cache, 'staging')))
      .filter((name) => name.includes('.'))
      .map((name) => `staging ${name}`),
    ...(await names(folder)).filter((name) => name.startsWith('docker-ensure-')),
  ];
}
