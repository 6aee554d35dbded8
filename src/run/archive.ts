import type { Notes } from '../machine/notes.ts';
import { hashedTexts } from '../model/hashed-texts.ts';
import type { Image } from '../model/manifest.ts';
import { dockerfileName } from '../model/naming.ts';
import type { Archive, LastBuild } from './ports.ts';

/** Enough for a few dozen file lists of 10,000 files. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * What was built, kept in notes; the oldest go first, when a run keeps something for the first time. `now`: milliseconds
 * since 1970.
 */
export function createArchive(notes: Notes, now: () => number): Archive {
  let bounded: Promise<void> | null = null;
  const lastName = (image: Image) => `last ${dockerfileName(image)}`;
  return {
    async keep({ image, ref, hash }, build) {
      for (const [name, text] of hashedTexts(build)) notes.write(name, text);
      notes.write(lastName(image), JSON.stringify({ hash, ref, atMs: now() }));
      bounded ??= notes.bound(MOST_BYTES);
      await bounded;
    },
    async lastOf(image) {
      const note = notes.read(lastName(image));
      return note === undefined ? null : parseLast(note);
    },
    textOf: async (hash) => notes.read(hash) ?? null,
  };
}

function parseLast(note: string): LastBuild | null {
  try {
    const { hash, ref, atMs } = JSON.parse(note) as Partial<LastBuild>;
    const isWhole = typeof hash === 'string' && typeof ref === 'string' && typeof atMs === 'number';
    return isWhole ? { hash, ref, atMs } : null;
  } catch {
    return null;
  }
}
