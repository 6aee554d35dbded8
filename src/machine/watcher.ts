import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { watch } from 'chokidar';

/** Waits until something changes that matters. */
export interface Watcher {
  /** Settles with the first change after `watchFiles`, once nothing has changed for a moment. */
  readonly changed: Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds without a change: an editor, or a checkout, is done by then. */
const QUIET_MS = 150;

/**
 * Watches files and the folders that they are in, and empty folders: the next file in one may count. A folder with other
 * files alone, that is there already, stays closed, and so does all beneath it. Gives the watcher once it sees everything. Throws where the system refuses.
 *
 * `roots`: folders, absolute, in which new files and folders count; `files`: all files that count now.
 */
export async function watchFiles(
  roots: readonly string[],
  files: readonly string[],
): Promise<Watcher> {
  const known = new Set(files);
  const open = new Set(roots);
  for (const file of files) {
    for (let folder = dirname(file); !open.has(folder); folder = dirname(folder)) {
      open.add(folder);
      if (dirname(folder) === folder) break;
    }
  }
  let isReady = false;
  const isIn = (path: string) => roots.some((root) => path.startsWith(`${root}/`));
  const closed = new Set<string>();
  const watcher = watch([...roots, ...files], {
    ignoreInitial: true,
    followSymlinks: false,
    ignored(path, stats) {
      if (known.has(path) || open.has(path)) return false;
      if (closed.has(path) || !isIn(path)) return true;
      // A new file counts as soon as its folder is open: listing the files decides whether it is an input.
      if (stats?.isDirectory() && !isReady && !isEmpty(path)) closed.add(path);
      return closed.has(path);
    },
  });
  let timer: NodeJS.Timeout | undefined;
  const changed = new Promise<void>((resolve, reject) => {
    watcher.on('all', () => {
      clearTimeout(timer);
      timer = setTimeout(resolve, QUIET_MS);
    });
    watcher.on('error', reject);
  });
  // Only a caller that waits is told.
  changed.catch(() => undefined);
  await once(watcher, 'ready');
  isReady = true;
  return {
    changed,
    async close() {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}

/** How deep folders may lie in one that counts as empty. */
const DEEPEST = 4;

/** True for a folder with no file in it, nor in folders within. */
function isEmpty(folder: string, depth = 0): boolean {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.every(
      (entry) =>
        entry.isDirectory() && depth < DEEPEST && isEmpty(join(folder, entry.name), depth + 1),
    );
  } catch {
    return false;
  }
}
