import { statfsSync } from 'node:fs';
import type { SelectedFile } from '../model/file-list.ts';
import { decodeHashes, encodeHashes, type HashRow, type HashTable } from './hash-table.ts';
import { sameIdentity } from './selected-file.ts';

type RegularFile = Extract<SelectedFile, { kind: 'f' | 'x' }>;

/** What contents files had when they were last read: docs/decisions/0034-files-that-are-not-read-again.md. */
export interface KnownHashes {
  /** Milliseconds since 1970. */
  now(): number;
  /** The SHA-256 of a file that is what it was, hex; null for one that must be read. */
  recall(place: string, file: RegularFile): string | null;
  /** What was read of a file that was the same before and after. `beganMs`: when reading began. */
  remember(place: string, file: RegularFile, sha256: string, beganMs: number): void;
  /** From now on every file is read. */
  distrust(): void;
  /** Keeps what is known for later runs. */
  save(): void;
}

/** Every file is read. */
export const NOTHING_KNOWN: KnownHashes = {
  now: Date.now,
  recall: () => null,
  remember: () => undefined,
  distrust: () => undefined,
  save: () => undefined,
};

/** Where the bytes are kept; neither ever throws. */
export interface KeptBytes {
  read(): Uint8Array | null;
  write(bytes: Uint8Array): void;
}

/** A file that was changed so many milliseconds ago, or less, may be changed again and look the same. */
const SETTLED_MS = 2000;

/** With more, only the files of the last run are kept; from half of them on it is noted which those are. */
const MOST_FILES = 200_000;
const MANY_FILES = MOST_FILES / 2;

/** Hashes that are looked for once a file is asked about. */
export function createKnownHashes(kept: KeptBytes, now: () => number): KnownHashes {
  let before: HashTable | null = null;
  let isTrusted = true;
  const seen = new Map<string, HashRow>();
  let isChanged = false;
  const isLocal = localDevices();
  const known = () => {
    before ??= decodeHashes(kept.read());
    return before;
  };
  return {
    now,
    recall(place, file) {
      if (!isTrusted || file.ctimeMs === undefined) return null;
      const row = known().get(place);
      if (row === undefined || !isSame(row, file)) return null;
      if (known().size >= MANY_FILES) seen.set(place, row);
      return row.sha256;
    },
    remember(place, { identity, ctimeMs }, sha256, beganMs) {
      if (ctimeMs === undefined || ctimeMs >= beganMs - SETTLED_MS) return;
      if (!isLocal(identity.dev, place)) return;
      seen.set(place, { identity, ctimeMs, sha256 });
      isChanged = true;
    },
    distrust() {
      isTrusted = false;
    },
    save() {
      if (!isChanged) return;
      isChanged = false;
      const all = new Map(known().entries());
      for (const [place, row] of seen) all.set(place, row);
      const rows = all.size <= MOST_FILES ? all : new Map([...seen].slice(0, MOST_FILES));
      kept.write(encodeHashes(rows));
      before = rows;
    },
  };
}

function isSame(row: HashRow, { identity, ctimeMs }: RegularFile): boolean {
  return row.ctimeMs === ctimeMs && sameIdentity(row.identity, identity);
}

/**
 * The file systems of Linux that change a file's ctime with its content, by the clock of this machine. Network file
 * systems go by another's clock and by what they remember; of others nobody has made sure.
 *
 * Numbers: https://man7.org/linux/man-pages/man2/statfs.2.html
 */
const LOCAL: readonly number[] = [
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
];

function localDevices(): (dev: number, place: string) => boolean {
  const devices = new Map<number, boolean>();
  return (dev, place) => {
    const known = devices.get(dev) ?? isLocalAt(place);
    devices.set(dev, known);
    return known;
  };
}

function isLocalAt(place: string): boolean {
  try {
    return process.platform === 'linux' && LOCAL.includes(statfsSync(place).type);
  } catch {
    return false;
  }
}
