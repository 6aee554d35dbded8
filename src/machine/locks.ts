import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { holderName, isAlive, isOfThisMachine, pidOf } from './process-identity.ts';

/** One piece of work at a time, on this machine, for each name. */
export interface Locks {
  /**
   * Waits until nobody else has the name, and takes it. `onWait` is told once, where it has to wait,
   * the process id of who has it. A holder that is gone is in nobody's way.
   */
  take(name: string, onWait: (pid: number) => void): Promise<Lock>;
}

interface Lock {
  /** Somebody else had it: what was known before may be so no more. */
  readonly waited: boolean;
  release(): Promise<void>;
}

/** Milliseconds between two looks at a lock that another has. */
const PATIENCE = { least: 50, most: 250 };

/**
 * Locks in a folder that the user's runs on this machine share, and that is looked for once one is
 * taken; `wait` may throw, to give up.
 *
 * A lock is a file named after its holder. Whoever sees no other living holder's file after making his
 * own has the lock; of two who come at the same moment both may see the other and step back, but never
 * do both stay. A file that cannot be made (a full disk, a folder that may not be written to) is no
 * reason to stop: a lock saves work, and what is true does not hang on it.
 */
export function createLocks(
  folderOf: () => Promise<string>,
  wait: (ms: number) => Promise<void>,
): Locks {
  /** Within this process; its files have one name. */
  const queue = new Map<string, Promise<void>>();

  return {
    async take(name, onWait) {
      const id = createHash('sha256').update(name).digest('hex').slice(0, 32);
      const before = queue.get(id);
      const turn = nextTurn();
      const after = Promise.all([before, turn.over]).then(() => undefined);
      queue.set(id, after);
      const leave = () => {
        turn.end();
        if (queue.get(id) === after) queue.delete(id);
      };
      await before;
      try {
        const { waited, file } = await claim(await folderOf(), id, onWait, wait);
        return {
          waited: waited || before !== undefined,
          async release() {
            if (file !== null) await rm(file, { force: true }).catch(() => undefined);
            leave();
          },
        };
      } catch (error) {
        leave();
        throw error;
      }
    },
  };
}

function nextTurn(): { readonly over: Promise<void>; readonly end: () => void } {
  let end = () => {};
  const over = new Promise<void>((done) => {
    end = done;
  });
  return { over, end };
}

async function claim(
  folder: string,
  id: string,
  onWait: (pid: number) => void,
  wait: (ms: number) => Promise<void>,
): Promise<{ waited: boolean; file: string | null }> {
  const holder = await holderName();
  const file = join(folder, `${id}.${holder}`);
  let waited = false;
  for (;;) {
    let rival = await livingRival(folder, id, holder);
    if (rival === null) {
      if (!(await make(folder, file))) return { waited, file: null };
      rival = await livingRival(folder, id, holder);
      if (rival === null) return { waited, file };
      await rm(file, { force: true });
    }
    if (!waited) onWait(rival);
    waited = true;
    await wait(PATIENCE.least + Math.random() * (PATIENCE.most - PATIENCE.least));
  }
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
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await (await open(file, 'w')).close();
    return true;
  } catch {
    return false;
  }
}
