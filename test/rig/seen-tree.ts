import { createHash } from 'node:crypto';
import { watch } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';

/** All that can be seen of a tree: kinds, bytes, modes, owners, times to the nanosecond, links. */
export async function seenOf(folder: string): Promise<Record<string, object>> {
  const seen: Record<string, object> = {};
  for (const path of ['.', ...(await readdir(folder, { recursive: true }))].sort()) {
    const place = join(folder, path);
    const { mode, uid, gid, size, mtimeNs, ctimeNs, ino, nlink, ...stat } = await lstat(place, {
      bigint: true,
    });
    const is = await lstat(place);
    const content = is.isSymbolicLink()
      ? await readlink(place)
      : is.isFile()
        ? createHash('sha256')
            .update(await readFile(place))
            .digest('hex')
        : '';
    const times = { mtimeNs, ctimeNs, birth: stat.birthtimeNs };
    seen[path] = { content, mode, uid, gid, size, ino, nlink, ...times };
  }
  return seen;
}

/** What a file watcher of the tree is told, from now to the end of the test. */
export function eventsOf(folder: string): readonly string[] {
  const events: string[] = [];
  const watcher = watch(folder, { recursive: true }, (type, name) =>
    events.push(`${type} ${name}`),
  );
  onTestFinished(() => watcher.close());
  return events;
}

export async function git(folder: string, ...args: string[]): Promise<void> {
  await execa('git', args, { cwd: folder });
}

/** Makes a repository of the tree, with one commit of all that is in it. */
export async function commitAll(folder: string): Promise<void> {
  await git(folder, 'init', '--quiet');
  await git(folder, 'add', '--all');
  await git(folder, '-c', 'user.name=n', '-c', 'user.email=n@n', 'commit', '--quiet', '-m', 'all');
}
