import type { Notes } from '../machine/notes.ts';
import type { ImageTest } from '../model/manifest.ts';
import type { LabelMemory, PassedTests, PendingPushes } from './ports.ts';

/** Owed pushes, kept in notes. */
export function createPendingPushes(notes: Notes): PendingPushes {
  return {
    owes: async (registryRef, hash) => notes.read(registryRef) === hash,
    owe: async (registryRef, hash) => notes.write(registryRef, hash),
    settle: async (registryRef) => notes.remove(registryRef),
  };
}

const PASSED = 'passed';

/** Tests that images on this machine have passed, kept in notes. */
export function createPassedTests(notes: Notes): PassedTests {
  return {
    has: async (imageId, test) => notes.read(testName(imageId, test)) === PASSED,
    remember: async (imageId, test) => notes.write(testName(imageId, test), PASSED),
  };
}

function testName(imageId: string, { command, entrypoint, env }: ImageTest): string {
  return JSON.stringify([imageId, command, entrypoint, [...env]]);
}

const NONE = 'none';

/** What images on this machine say they were built from, by image ID, kept in notes. */
export function createLabelMemory(notes: Notes): LabelMemory {
  return {
    async recall(imageId) {
      const note = notes.read(imageId);
      if (note === NONE) return null;
      return note !== undefined && /^[0-9a-f]{64}$/.test(note) ? note : undefined;
    },
    remember: async (imageId, hash) => notes.write(imageId, hash ?? NONE),
  };
}
