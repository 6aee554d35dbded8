import { spawn, spawnSync } from 'node:child_process';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLocks } from '../../src/machine/locks.ts';
import { createNotes } from '../../src/machine/notes.ts';
import { holderName } from '../../src/machine/process-identity.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';

const nobody = (pid: number) => {
  throw new Error(`process ${pid} has it`);
};

const locksIn = (folder: string, wait: (ms: number) => Promise<void>) =>
  createLocks(() => folder, wait);

/** The file by which a process has the lock of that name, as this module names it. */
async function fileOf(folder: string, name: string): Promise<string> {
  const lock = await locksIn(folder, sleepSome).take(name, nobody);
  const [file = ''] = await readdir(folder);
  await lock.release();
  return file;
}

const sleepSome = (ms: number) => sleep(ms / 10);

/** The name of the same lock for another process. */
async function heldBy(folder: string, name: string, pid: number, start = '0'): Promise<string> {
  const file = await fileOf(folder, name);
  const [machine] = (await holderName()).split('-');
  const path = join(folder, `${file.split('.')[0]}.${machine}-${pid}-${start}`);
  await writeFile(path, '');
  return path;
}

describe('a lock', () => {
  it('is free at first, and leaves nothing behind', async () => {
    const folder = join(await temporaryFolder(), 'not', 'there', 'yet');
    const locks = locksIn(folder, sleepSome);
    const lock = await locks.take('app:1', nobody);
    expect(lock.isChanged).toBe(false);
    expect(await readdir(folder)).toHaveLength(1);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    expect((await locks.take('app:1', nobody)).isChanged).toBe(false);
  });

  it('of one name does not hold up another name', async () => {
    const locks = locksIn(await temporaryFolder(), sleepSome);
    const both = [await locks.take('app:1', nobody), await locks.take('app:2', nobody)];
    expect(both.map(({ isChanged }) => isChanged)).toEqual([false, false]);
  });

  it('is waited for within a process, one after the other', async () => {
    const locks = locksIn(await temporaryFolder(), sleepSome);
    const order: string[] = [];
    const work = async (who: string) => {
      const lock = await locks.take('app:1', nobody);
      order.push(`${who} begins${lock.isChanged ? ' after a wait' : ''}`);
      await sleep(5);
      order.push(`${who} ends`);
      await lock.release();
    };
    await Promise.all([work('one'), work('two'), work('three')]);
    expect(order).toEqual([
      'one begins',
      'one ends',
      'two begins after a wait',
      'two ends',
      'three begins after a wait',
      'three ends',
    ]);
  });

  it('that another process has is waited for, and who has it is told once', async () => {
    const folder = await temporaryFolder();
    const child = spawn('sleep', ['60']);
    onTestFinished(() => void child.kill());
    const { pid = 0 } = child;
    const path = await heldBy(folder, 'app:1', pid);
    const told: number[] = [];
    let looks = 0;
    const locks = locksIn(folder, async () => {
      looks += 1;
      if (looks === 3) await rm(path);
    });
    const lock = await locks.take('app:1', (other) => told.push(other));
    expect({ told, looks, waited: lock.isChanged }).toEqual({
      told: [pid],
      looks: 3,
      waited: true,
    });
  });

  it.each([
    ['has ended', async () => spawnSync('true').pid, '0'],
    ['had the number of one that lives', async () => process.ppid, '1'],
  ])('of a process that %s is taken over', async (_, pidOf, start) => {
    const folder = await temporaryFolder();
    const path = await heldBy(folder, 'app:1', await pidOf(), start);
    const lock = await locksIn(folder, sleepSome).take('app:1', nobody);
    expect(lock.isChanged).toBe(false);
    expect(await readdir(folder)).not.toContain(path.split('/').at(-1));
  });

  it('of another machine that shares the folder is its own affair', async () => {
    const folder = await temporaryFolder();
    const file = await fileOf(folder, 'app:1');
    await writeFile(join(folder, `${file.split('.')[0]}.00000000-1-1`), '');
    expect((await locksIn(folder, sleepSome).take('app:1', nobody)).isChanged).toBe(false);
  });

  it('that cannot be made is no reason to stop', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    const lock = await locksIn(join(folder, 'file', 'locks'), sleepSome).take('a', nobody);
    expect(lock.isChanged).toBe(false);
    await lock.release();
  });

  it('is given up where the wait is', async () => {
    const folder = await temporaryFolder();
    const path = await heldBy(folder, 'app:1', process.ppid);
    const locks = locksIn(folder, async () => {
      throw new Error('stopped by SIGINT');
    });
    await expect(locks.take('app:1', () => undefined)).rejects.toThrow('stopped by SIGINT');
    expect(await readdir(folder)).toEqual([basename(path)]);
    // And it is in nobody's way.
    await expect(locks.take('app:2', nobody)).resolves.toMatchObject({ isChanged: false });
  });
});

describe('a lock that need not be waited for', () => {
  it('is not taken where another process has it', async () => {
    const folder = await temporaryFolder();
    const path = await heldBy(folder, 'app:1', process.ppid);
    const locks = locksIn(folder, sleepSome);
    expect(await locks.tryTake('app:1')).toEqual({ heldBy: process.ppid });
    await rm(path);
    // Whoever had it has left no word, and may have made what is asked for all the same.
    expect(await locks.tryTake('app:1')).toMatchObject({ isChanged: true });
  });

  it('is not taken where this process has it', async () => {
    const locks = locksIn(await temporaryFolder(), sleepSome);
    const lock = await locks.take('app:1', nobody);
    expect(await locks.tryTake('app:1')).toEqual({ heldBy: process.pid });
    await lock.release();
    expect(await locks.tryTake('app:1')).toHaveProperty('release');
  });

  it('tells that another process had it since the locks were made', async () => {
    const folder = await temporaryFolder();
    const history = createNotes(`${folder}-last`);
    await history.write('app:1', `${Date.now() - 1} another`);
    const first = await locksIn(folder, sleepSome).tryTake('app:1');
    expect(first).toMatchObject({ isChanged: false });
    if ('release' in first) await first.release();
    const locks = locksIn(folder, sleepSome);
    expect(await locks.tryTake('app:2')).toMatchObject({ isChanged: false });
    await history.write('app:1', `${Date.now()} another`);
    expect(await locks.tryTake('app:1')).toMatchObject({ isChanged: true });
  });

  it('is remembered for a day', async () => {
    const folder = await temporaryFolder();
    const release = async (name: string) =>
      (await locksIn(folder, sleepSome).take(name, nobody)).release();
    await release('app:1');
    const [note = ''] = await readdir(`${folder}-last`);
    const old = new Date(Date.now() - 25 * 60 * 60 * 1000);
    await utimes(join(`${folder}-last`, note), old, old);
    await release('app:2');
    expect(await readdir(`${folder}-last`)).not.toContain(note);
  });
});

const CONTENDER = fileURLToPath(new URL('../rig/contender.ts', import.meta.url));

describe('any number of processes', () => {
  it('are never in it together, not even when one is killed in the middle', async () => {
    const folder = await temporaryFolder();
    const shared = join(folder, 'shared');
    await mkdir(shared);
    const [killed] = fc.sample(fc.integer({ min: 0, max: 3 }), 1);
    const run = (index: number) =>
      new Promise<string>((resolve) => {
        const args = ['--import', 'tsx', CONTENDER, join(folder, 'locks'), shared];
        const child = spawn(process.execPath, [...args, index === killed ? 'die' : 'live']);
        let said = '';
        child.stdout.on('data', (chunk) => {
          said += chunk;
        });
        child.on('close', (code, signal) => resolve(`${signal ?? code} ${said}`));
      });
    const ended = await Promise.all([0, 1, 2, 3].map(run));
    const expected = [0, 1, 2, 3].map((each) => (each === killed ? 'SIGKILL ' : '0 alone\n'));
    expect(ended).toEqual(expected);
  });
});
