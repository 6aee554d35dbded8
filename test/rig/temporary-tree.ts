import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { plant, type TreeEntry } from './planted.ts';

/** A folder of its own for this test, removed when it ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder with these in it, by path: a text is a file with the mode 0644. */
export async function temporaryTree(
  entries: Readonly<Record<string, string | TreeEntry>>,
): Promise<string> {
  const folder = await temporaryFolder();
  await plant(
    folder,
    new Map(
      Object.entries(entries).map(([path, entry]): [string, TreeEntry] => [
        path,
        typeof entry === 'string' ? { kind: 'file', bytes: entry, mode: 0o644 } : entry,
      ]),
    ),
  );
  return folder;
}

/** A symbolic link in a tree. */
export function linkTo(target: string): TreeEntry {
  return { kind: 'link', target };
}

/** A file of that mode in a tree. */
export function fileOf(bytes: string, mode: number): TreeEntry {
  return { kind: 'file', bytes, mode };
}

/** An empty folder in a tree. */
export const emptyFolder: TreeEntry = { kind: 'folder' };

/** Makes a fifo, which Node cannot. */
export function makeFifo(path: string): void {
  spawnSync('sh', ['-c', 'mkfifo -- "$0"', path]);
}
