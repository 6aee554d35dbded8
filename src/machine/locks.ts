import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { holderName, isAlive, isOfThisMachine, pidOf } from './process-identity.ts';

/** One piece of work at a time, on this machine, for each name. */
export interface Locks {
  /**
   * Waits until nobody else has the name, and takes it. `onWait` is told once, where it has to wait,
   * the process id of who has it. A holder that is gone is in nobody's way.
   */
  take(name: string, onWait: (pid: number) => void): Promise<Lock>;
  /** The same without waiting; null where somebody has it. */
  tryTake(name: string): Promise<Lock | null>;
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
 * taken; `wait` may throw, to give up.
 *
 * A lock is a file named after the process that holds it. A run holds the lock when, after creating its own
 * file, it sees no file of another live process. Of two runs that come at the same moment both may see the
 * other's file and step back; they never both stay. A file that cannot be made (a full disk, a folder that
 * may not be written to) is no reason to stop: a lock saves work, and what is true does not depend on it.
 */
export function createLocks(
  folderOf: () => Promise<string>,
  wait: (ms: number) => Promise<void>,
): Locks {
  /** Within this process; its files have one name. */
  const queue = new Map<string, Promise<void>>();
  const sinceMs = Date.now();
  let swept: Promise<string> | null = null;
  const folder = () => {
    swept ??= folderOf().then(async (path) => {
      await sweep(path);
      return path;
    });
    return swept;
  };

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
  const held = ({ id, folder, file, isChanged }: Held, leave: () => void): Lock => ({
    isChanged,
    async release() {
      if (file !== null) await handBack(folder, id, file);
      leave();
    },
  });

  return {
    async take(name, onWait) {
      const id = idOf(name);
      const { before, leave } = turnFor(id);
      await before;
      try {
        const claimed = await claim(await folder(), id, sinceMs, onWait, wait);
        return held({ ...claimed, isChanged: claimed.isChanged || before !== undefined }, leave);
      } catch (error) {
        leave();
        throw error;
      }
    },

    async tryTake(name) {
      const id = idOf(name);
      if (queue.has(id)) return null;
      const { leave } = turnFor(id);
      const claimed = await folder()
        .then((path) => claimNow(path, id, sinceMs))
        .catch((error: unknown) => {
          leave();
          throw error;
        });
      if ('rival' in claimed) leave();
      return 'rival' in claimed ? null : held(claimed, leave);
    },
  };
}

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

interface Held {
  readonly folder: string;
  readonly id: string;
  /** Null where none could be made. */
  readonly file: string | null;
  readonly isChanged: boolean;
}

async function claim(
  folder: string,
  id: string,
  sinceMs: number,
  onWait: (pid: number) => void,
  wait: (ms: number) => Promise<void>,
): Promise<Held> {
  for (let waited = false; ; waited = true) {
    const claimed = await claimNow(folder, id, sinceMs);
    if (!('rival' in claimed)) return { ...claimed, isChanged: claimed.isChanged || waited };
    if (!waited) onWait(claimed.rival);
    await wait(PATIENCE.least + Math.random() * (PATIENCE.most - PATIENCE.least));
  }
}

/** Takes the lock if it is free; else the process id of who has it. */
async function claimNow(
  folder: string,
  id: string,
  sinceMs: number,
): Promise<Held | { readonly rival: number }> {
  const holder = await holderName();
  const file = join(folder, `${id}.${holder}`);
  const before = await look(folder, id, holder, sinceMs);
  if (before.rival !== null) return { rival: before.rival };
  const { isChanged } = before;
  if (!(await make(folder, file))) return { folder, id, file: null, isChanged };
  const after = await look(folder, id, holder, sinceMs);
  if (after.rival === null) return { folder, id, file, isChanged: after.isChanged };
  await rm(file, { force: true });
  return { rival: after.rival };
}

/** Ends the name of a file that says until when another process had a lock. */
const LAST = 'last';
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The process id of another who has the lock, and whether another had it since. The files of those who are
 * gone are removed, of all locks.
 */
async function look(
  folder: string,
  id: string,
  holder: string,
  sinceMs: number,
): Promise<{ readonly rival: number | null; readonly isChanged: boolean }> {
  let isChanged = false;
  for (const name of await readdir(folder).catch(() => [])) {
    const [lock, other = '', last] = name.split('.');
    // Where another machine shares the folder, its locks are its own.
    if (other === holder || !isOfThisMachine(other)) continue;
    const path = join(folder, name);
    if (last === LAST) {
      // Times of files are not exact to the millisecond.
      if (lock === id && (await timeOf(path)) >= sinceMs - 1) isChanged = true;
      continue;
    }
    const alive = await isAlive(other, path);
    if (alive && lock === id) return { rival: pidOf(other), isChanged };
    if (!alive) await rm(path, { force: true }).catch(() => undefined);
  }
  return { rival: null, isChanged };
}

async function timeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.mtimeMs ?? 0;
}

/** Removes the notes that no run needs any more. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (name.endsWith(`.${LAST}`) && Date.now() - (await timeOf(path)) > DAY_MS)
      await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Gives a lock back, and leaves a note of when that was. */
async function handBack(folder: string, id: string, file: string): Promise<void> {
  const others = (await readdir(folder).catch(() => [])).filter(
    (name) => name.startsWith(`${id}.`) && name.endsWith(`.${LAST}`),
  );
  const note = `${file}.${LAST}`;
  await rename(file, note).catch(() => rm(file, { force: true }).catch(() => undefined));
  const now = new Date();
  await utimes(note, now, now).catch(() => undefined);
  for (const name of others) {
    const path = join(folder, name);
    if (path !== note) await rm(path, { force: true }).catch(() => undefined);
  }
}

async function make(folder: string, file: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await (await open(file, 'w')).close();
    return true;
  } catch {
    return false;
  }
}
