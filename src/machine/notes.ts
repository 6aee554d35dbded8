import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from './make-folder.ts';

/** Small texts that one run leaves for the next, by name. */
export interface Notes {
  read(name: string): string | undefined;
  write(name: string, text: string): void;
  remove(name: string): void;
  /** Removes those that are older than so many milliseconds. */
  sweep(ageMs: number): Promise<void>;
  /** Removes the oldest until the others have no more than so many bytes together. */
  bound(bytes: number): Promise<void>;
}

/**
 * Notes in a folder, a small file each. They save work and never decide what is true: one that is lost
 * or cannot be written costs a docker call, or a push that a later run does not make.
 */
export function createNotes(folder: string): Notes {
  const fileOf = (name: string) => join(folder, createHash('sha256').update(name).digest('hex'));
  return {
    read: (name) => attempt(() => readFileSync(fileOf(name), 'utf8')),
    write(name, text) {
      const temporary = `${fileOf(name)}.${process.pid}`;
      try {
        makeFolder(folder);
        writeFileSync(temporary, text, { mode: 0o600 });
        renameSync(temporary, fileOf(name));
      } catch {
        attempt(() => rmSync(temporary, { force: true }));
      }
    },
    remove: (name) => attempt(() => rmSync(fileOf(name), { force: true })),
    async sweep(ageMs) {
      for (const name of await readdir(folder).catch(() => [])) {
        const path = join(folder, name);
        const { mtimeMs = Date.now() } = (await stat(path).catch(() => null)) ?? {};
        if (Date.now() - mtimeMs > ageMs) await rm(path, { force: true }).catch(() => undefined);
      }
    },
    async bound(bytes) {
      const names = await readdir(folder).catch(() => []);
      const found = await Promise.all(
        names.map(async (name) => {
          const path = join(folder, name);
          const stats = await stat(path).catch(() => null);
          return stats === null ? [] : [{ path, size: stats.size, mtimeMs: stats.mtimeMs }];
        }),
      );
      let left = bytes;
      for (const { path, size } of found.flat().sort((a, b) => b.mtimeMs - a.mtimeMs)) {
        left -= size;
        if (left < 0) await rm(path, { force: true }).catch(() => undefined);
      }
    },
  };
}

/** What `work` gives; undefined where it fails. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
