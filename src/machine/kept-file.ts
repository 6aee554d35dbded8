import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from './make-folder.ts';

/** A file that one run leaves for the next. */
export interface KeptFile {
  /** Null where there is none that nobody else can have written. */
  read(): Uint8Array | null;
  /** Puts it there as a whole; a folder that cannot be written to keeps nothing. */
  write(bytes: Uint8Array): void;
}

/** A file in a folder of the user's own. Of all files there the oldest go, until the rest has no more bytes than this. */
export function keptFile(file: string, mostBytes: number): KeptFile {
  return {
    read() {
      try {
        return readOwn(file, mostBytes);
      } catch {
        return null;
      }
    },
    write(bytes) {
      const temporary = `${file}.${process.pid}`;
      try {
        makeFolder(dirname(file));
        writeFileSync(temporary, bytes, { mode: 0o600 });
        renameSync(temporary, file);
        bound(dirname(file), mostBytes);
      } catch {
        attempt(() => rmSync(temporary, { force: true }));
      }
    },
  };
}

function readOwn(file: string, mostBytes: number): Uint8Array | null {
  const descriptor = openSync(file, 'r');
  try {
    const { uid, mode, size } = fstatSync(descriptor);
    const isOwn = uid === (process.getuid?.() ?? uid) && (mode & 0o022) === 0;
    return isOwn && size <= mostBytes ? readFileSync(descriptor) : null;
  } finally {
    closeSync(descriptor);
  }
}

function bound(folder: string, mostBytes: number): void {
  const files = readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ path, size: stats.size, mtimeMs: stats.mtimeMs }];
  });
  let left = mostBytes;
  for (const { path, size } of files.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
    left -= size;
    if (left < 0) attempt(() => rmSync(path, { force: true }));
  }
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Another run has been there.
  }
}
