import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A kind of file system that a test can have a folder on. */
export interface FileSystem {
  readonly name: string;
  /** An empty folder, gone when the test ends, and where the tree that `fill` makes is found beneath it. */
  folder(fill: (folder: string) => Promise<void>): Promise<string>;
}

/**
 * The file systems of this machine: the one of temporary files, a tmpfs, and an overlay whose layers lie on
 * both, for those who may mount. Who may not is told so.
 */
export function fileSystems(): readonly FileSystem[] {
  const plain = (name: string, place: string): FileSystem => ({
    name,
    async folder(fill) {
      const folder = made(place);
      await fill(folder);
      return folder;
    },
  });
  const found = [plain('the folder of temporary files', tmpdir())];
  if (existsSync('/dev/shm')) found.push(plain('a tmpfs', '/dev/shm'));
  if (mayMount()) found.push({ name: 'an overlay over two file systems', folder: onOverlay });
  else
    console.log(
      'Nobody may mount here: what an overlay does is left to machines with more rights.',
    );
  return found;
}

/** A kind of disk, made in a file and mounted. */
export interface Disk {
  readonly name: string;
  /** Whether files can share blocks. */
  readonly shares: boolean;
  /** Whether modes are kept. */
  readonly keepsModes: boolean;
  /** An empty folder on a new disk, gone when the test ends. */
  folder(): string;
}

/** The program that makes a disk, what it is told, what mounts it (`mount` where it is null), how many MiB it has. */
const DISKS = [
  ['ext3, which keeps whole seconds', 'mke2fs', ['-q', '-F', '-t', 'ext3', '-I', '128'], null, 16],
  ['btrfs, which shares blocks', 'mkfs.btrfs', ['-q', '-f'], null, 128],
  ['xfs, which shares blocks', 'mkfs.xfs', ['-q', '-f'], null, 320],
  ['exfat, which keeps no modes', 'mkfs.exfat', [], 'mount.exfat-fuse', 16],
] as const;

/** The disks that can be made and mounted here; those that cannot are named. */
export function disks(): readonly Disk[] {
  return DISKS.flatMap((disk): Disk[] => {
    const [name, , , mounter] = disk;
    try {
      release(mountDisk(disk));
    } catch {
      console.log(`Nobody can make and mount ${name} here: that is left to other machines.`);
      return [];
    }
    const folder = () => {
      const mounted = mountDisk(disk);
      onTestFinished(() => release(mounted));
      return mounted.folder;
    };
    return [{ name, shares: name.includes('shares'), keepsModes: mounter === null, folder }];
  });
}

interface Mounted {
  readonly root: string;
  readonly folder: string;
  readonly device: string;
}

/** Throws where the system lacks a program for it, or lets nobody mount. */
function mountDisk([, program, args, mounter, size]: (typeof DISKS)[number]): Mounted {
  const root = mkdtempSync(join(tmpdir(), 'docker-ensure-fs-'));
  const [file, folder] = [join(root, 'disk'), join(root, 'mounted')];
  let device: string | null = null;
  try {
    writeFileSync(file, '');
    truncateSync(file, size * 1024 ** 2);
    mkdirSync(folder);
    execFileSync(program, [...args, file], { stdio: 'ignore' });
    device = execFileSync('losetup', ['-f', '--show', file], { encoding: 'utf8' }).trim();
    execFileSync(mounter ?? 'mount', [device, folder], { stdio: 'ignore' });
    return { root, folder, device };
  } catch (error) {
    if (device !== null) execFileSync('losetup', ['-d', device]);
    rmSync(root, { recursive: true });
    throw error;
  }
}

function release({ root, folder, device }: Mounted): void {
  execFileSync('umount', [folder]);
  execFileSync('losetup', ['-d', device]);
  rmSync(root, { recursive: true });
}

function made(place: string): string {
  const folder = mkdtempSync(join(place, 'docker-ensure-fs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The tree is on the lower layer until it is written to; what is new is on a tmpfs. */
async function onOverlay(fill: (folder: string) => Promise<void>): Promise<string> {
  const root = made(tmpdir());
  const [lower = '', upper = '', merged = ''] = ['lower', 'upper', 'merged'].map((name) => {
    const folder = join(root, name);
    mkdirSync(folder);
    return folder;
  });
  await fill(lower);
  mount('tmpfs', 'mode=755', upper);
  for (const name of ['files', 'work']) mkdirSync(join(upper, name));
  const layers = `lowerdir=${lower},upperdir=${join(upper, 'files')},workdir=${join(upper, 'work')}`;
  mount('overlay', layers, merged);
  return merged;
}

/** Until the test ends; what is done then is done in reverse order. */
function mount(type: string, options: string, folder: string): void {
  execFileSync('mount', ['-t', type, '-o', options, type, folder]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
  });
}

export function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'docker-ensure-fs-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', ['--lazy', folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
