import type { Notes } from '../machine/notes.ts';
import { hashedTexts } from '../model/hashed-texts.ts';
import type { Archive } from './ports.ts';

/** Enough for a few dozen file lists of 10,000 files. */
const MOST_BYTES = 64 * 1024 * 1024;

/** What was built, kept in notes; the oldest go first. */
export function createArchive(notes: Notes): Archive {
  return {
    async keep(build) {
      for (const [name, text] of hashedTexts(build)) await notes.write(name, text);
      await notes.bound(MOST_BYTES);
    },
    textOf: async (hash) => (await notes.read(hash)) ?? null,
  };
}
