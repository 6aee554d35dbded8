/** Disks that are small or may not be written to, mounted for as long as a piece of work takes. */
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, rmdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SmallDisk {
  readonly path: string;
  /** Takes all room but so many bytes. */
  fill(leave?: number): Promise<void>;
  /** Gives it back. */
  free(): Promise<void>;
  /** The bytes that are left. */
  room(): Promise<number>;
}

/** Works with a disk of its own; `options` are those of a tmpfs: `size=40m`. */
export async function withDisk<T>(
  options: string,
  work: (disk: SmallDisk) => Promise<T>,
): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), 'docker-ensure-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  const ballast = join(path, 'ballast');
  const room = async () => {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  };
  const free = () => rm(ballast, { force: true });
  try {
    return await work({
      path,
      room,
      free,
      async fill(leave = 0) {
        await free();
        const file = await open(ballast, 'w');
        for (let left = (await room()) - leave; left > 0; left -= 65_536)
          await file.write(Buffer.alloc(Math.min(left, 65_536)));
        await file.close();
      },
    });
  } finally {
    await unmount(path);
    await rmdir(path);
  }
}

/** Works with a folder that nobody can write to, not even root. */
export async function withReadOnly<T>(work: (path: string) => Promise<T>): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), 'docker-ensure-read-only-'));
  await run('mount', ['-t', 'tmpfs', '-o', 'size=64k,ro', 'tmpfs', path]);
  try {
    return await work(path);
  } finally {
    await unmount(path);
    await rmdir(path);
  }
}

/** At once, or as soon as nobody uses it any more. */
async function unmount(path: string): Promise<void> {
  await run('umount', [path]).catch(() => run('umount', ['--lazy', path]));
}
