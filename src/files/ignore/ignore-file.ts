import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import type { Source } from '../../model/source.ts';

/**
 * The ignore file that docker would use for a build: the Dockerfile's own, even an empty one, or else
 * the build directory's; null where there is none.
 *
 * `dockerfile` is the absolute path of the Dockerfile, or null for an inline one. Throws where a file
 * is there but cannot be read.
 */
export function findIgnoreFile(directory: string, dockerfile: string | null): Source | null {
  const own =
    dockerfile && readBeneath(dirname(dockerfile), `${basename(dockerfile)}.dockerignore`);
  return own || readBeneath(directory, '.dockerignore');
}

/** Docker follows links too, but sees only what lies beneath the folder: `/` and `..` end there. */
function readBeneath(folder: string, name: string): Source | null {
  // Most folders have none, and to follow links takes longer.
  if (lstatSync(join(folder, name), { throwIfNoEntry: false }) === undefined) return null;
  const path = resolveBeneath(folder, name);
  if (path === null) return null;
  try {
    const stat = lstatSync(join(folder, path), { throwIfNoEntry: false });
    if (stat === undefined) return null;
    // Nobody may ever write to a pipe.
    if (!stat.isFile() && !stat.isDirectory())
      throw Object.assign(new Error('it is no regular file'), { path: join(folder, name) });
    return { path: join(folder, name), text: readFileSync(join(folder, path), 'utf8') };
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

const MOST_LINKS = 40;

/** The path, relative to the folder, with all links followed; null where they lead in a circle. */
function resolveBeneath(folder: string, name: string): string | null {
  let ahead = [name];
  let done = '/';
  for (let links = 0; ahead.length > 0; ) {
    const [part = '', ...rest] = ahead;
    const next = posix.join(done, part);
    const target = linkTarget(join(folder, next));
    if (target === null) {
      done = next;
      ahead = rest;
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) return null;
    if (target.startsWith('/')) done = '/';
    ahead = [...target.split('/').filter((each) => each !== ''), ...rest];
  }
  return done;
}

function linkTarget(path: string): string | null {
  try {
    // Most files are not there, or no links: to say so with an error takes longer.
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
    return isLink ? readlinkSync(path) : null;
  } catch {
    return null;
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR';
}
