import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabelMemory, PushLedger } from './ports.ts';

/**
 * Notes in the cache folder, a small file each. They save work and never decide what is true: one
 * that is lost or cannot be written costs a docker call, or a push that a later run does not make.
 */
export function createPushLedger(cacheFolder: string): PushLedger {
  const notes = createNotes(join(cacheFolder, 'owed'));
  return {
    owes: async (registryRef, imageId) => (await notes.read(registryRef)) === imageId,
    owe: (registryRef, imageId) => notes.write(registryRef, imageId),
    settle: (registryRef) => notes.remove(registryRef),
  };
}

/** What images on this machine say they were built from, by image ID. */
export function createLabelMemory(cacheFolder: string): LabelMemory {
  const notes = createNotes(join(cacheFolder, 'labels'));
  return {
    async recall(imageId) {
      const note = await notes.read(imageId);
      if (note === NONE) return null;
      return note !== undefined && /^[0-9a-f]{64}$/.test(note) ? note : undefined;
    },
    remember: (imageId, hash) => notes.write(imageId, hash ?? NONE),
  };
}

const NONE = 'none';

function createNotes(folder: string) {
  const fileOf = (name: string) => join(folder, createHash('sha256').update(name).digest('hex'));
  return {
    read: async (name: string) => readFile(fileOf(name), 'utf8').catch(() => undefined),
    write: async (name: string, text: string) => {
      const temporary = `${fileOf(name)}.${process.pid}`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(temporary, text, { mode: 0o600 });
        await rename(temporary, fileOf(name));
      } catch {
        await rm(temporary, { force: true }).catch(() => undefined);
      }
    },
    remove: async (name: string) => rm(fileOf(name), { force: true }).catch(() => undefined),
  };
}
