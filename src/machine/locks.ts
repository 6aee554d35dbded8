import { createHash } from 'node:crypto';
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { createNotes } from './notes.ts';
import { holderName, isAlive, isOfThisMachine, pidOf } from './process-identity.ts';

/** One piece of work at a time, on this machine, for each name. */
export interface Locks {
  /**
   * Waits until nobody else has the name, and takes it. `onWait` is told once, where it has to wait,
   * the process id of who has it. A holder that is gone does not count.
   */
  take(name: string, onWait: (pid: number) => void): Promise<Lock>;
  /** The same without waiting: the lock, or the process id of who has it. */
  tryTake(name: string): Promise<Lock | { readonly heldBy: number }>;
}

export interface Lock {
  /** Somebody else had it since these locks were made: what was known before may be so no more. */
  readonly isChanged: boolean;
  release(): Promise<void>;
}

/** Milliseconds between two looks at a lock that another has. */
const PATIENCE = { least: 50, most: 250 };

/**
 * Locks in a folder that the user's runs on this machine share, and that is looked for once one is
 * taken; `wait` may throw, to give up. Beside it stands for a day who had a lock last.
 *
 * A lock is a file named after the process that holds it. A run holds the lock when, after creating its own
 * file, it sees no file of another live process. Of two runs that come at the same moment both may see the
 * other's file and step back; they never both stay. A file that cannot be made (a full disk, a folder that
 * may not be written to) is no reason to stop: a lock saves work, and what is true does not depend on it.
 */
export function createLocks(folderOf: () => string, wait: (ms: number) => Promise<void>): Locks {
  /** Within this process; its files have one name. */
  const queue = new Map<string, Promise<void>>();
  /** What another process was found to have. */
  const seenElsewhere = new Set<string>();
  const sinceMs = Date.now();
  let hasSwept = false;

  const turnFor = (id: string) => {
    const before = queue.get(id);
    const turn = nextTurn();
    const after = Promise.all([before, turn.over]).then(() => undefined);
    queue.set(id, after);
    const leave = () => {
      turn.end();
      if (queue.get(id) === after) queue.delete(id);
    };
    return { before, leave };
  };

  const held = async (
    name: string,
    { folder, file }: Claimed & { readonly folder: string },
    waited: boolean,
    leave: () => void,
  ) => {
    const holder = await holderName();
    const history = createNotes(`${folder}-last`);
    const [lastMs, last] = (await history.read(name))?.split(' ') ?? [];
    return {
      isChanged: waited || (last !== holder && Number(lastMs) >= sinceMs),
      async release() {
        await history.write(name, `${Date.now()} ${holder}`);
        if (!hasSwept) {
          hasSwept = true;
          await history.sweep(DAY_MS);
        }
        if (file !== null) await rm(file, { force: true }).catch(() => undefined);
        leave();
      },
    };
  };

  return {
    async take(name, onWait) {
      const id = idOf(name);
      const { before, leave } = turnFor(id);
      await before;
      try {
        const folder = folderOf();
        const { waited, file } = await claim(folder, id, onWait, wait);
        return await held(name, { folder, file }, waited || before !== undefined, leave);
      } catch (error) {
        leave();
        throw error;
      }
    },

    async tryTake(name) {
      const id = idOf(name);
      if (queue.has(id)) return { heldBy: process.pid };
      const { leave } = turnFor(id);
      try {
        const folder = folderOf();
        const claimed = await claimNow(folder, id);
        if ('file' in claimed)
          return await held(name, { folder, ...claimed }, seenElsewhere.delete(id), leave);
        seenElsewhere.add(id);
        leave();
        return { heldBy: claimed.rival };
      } catch (error) {
        leave();
        throw error;
      }
    },
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

function nextTurn(): { readonly over: Promise<void>; readonly end: () => void } {
  let end = () => {};
  const over = new Promise<void>((done) => {
    end = done;
  });
  return { over, end };
}

/** The file of a lock that was taken; null where none could be made. */
interface Claimed {
  readonly file: string | null;
}

async function claim(
  folder: string,
  id: string,
  onWait: (pid: number) => void,
  wait: (ms: number) => Promise<void>,
): Promise<Claimed & { readonly waited: boolean }> {
  for (let waited = false; ; waited = true) {
    const claimed = await claimNow(folder, id);
    if ('file' in claimed) return { ...claimed, waited };
    if (!waited) onWait(claimed.rival);
    await wait(PATIENCE.least + Math.random() * (PATIENCE.most - PATIENCE.least));
  }
}

/** Takes the lock if it is free; else the process id of who has it. */
async function claimNow(folder: string, id: string): Promise<Claimed | { readonly rival: number }> {
  const holder = await holderName();
  const file = join(folder, `${id}.${holder}`);
  const before = await livingRival(folder, id, holder);
  if (before !== null) return { rival: before };
  if (!(await make(folder, file))) return { file: null };
  const after = await livingRival(folder, id, holder);
  if (after === null) return { file };
  await rm(file, { force: true });
  return { rival: after };
}

/** The process id of another who has the lock. The files of those who are gone are removed, of all locks. */
async function livingRival(folder: string, id: string, holder: string): Promise<number | null> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [lock, other = ''] = name.split('.');
    // Where another machine shares the folder, its locks are its own.
    if (other === holder || !isOfThisMachine(other)) continue;
    const path = join(folder, name);
    const alive = await isAlive(other, path);
    if (alive && lock === id) return pidOf(other);
    if (!alive) await rm(path, { force: true }).catch(() => undefined);
  }
  return null;
}

async function make(folder: string, file: string): Promise<boolean> {
  try {
    makeFolder(folder);
    await (await open(file, 'w')).close();
    return true;
  } catch {
    return false;
  }
}
