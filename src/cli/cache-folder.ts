import { accessSync, constants, lstatSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { makeFolder } from '../machine/make-folder.ts';
import { EnvironmentError } from '../model/environment-error.ts';
import type { Context } from './context.ts';

/** What runs make in the cache folder, and the locks where there is no other place for them. */
export const CACHE_PARTS = {
  staging: 'staging',
  labels: 'labels',
  hashes: 'hashes',
  manifests: 'manifests',
  owed: 'owed',
  tests: 'tests',
  archive: 'archive',
  locks: 'locks',
  lastLocks: 'locks-last',
  buildx: 'buildx',
  /** Made by bin/run-bundle.js. */
  code: 'code',
} as const;

/** Where staged files and notes are kept, never in the user's project. */
export interface CacheFolder {
  readonly path: string;
  /** Called before something is kept there that a later run should find. `tell` takes what to know. */
  readonly claim: (tell: (note: string) => void) => void;
}

/** Nothing is there, and nothing can be put there. */
const NOWHERE = '/dev/null/docker-ensure';

/**
 * A folder of our own in DOCKER_ENSURE_CACHE, else `docker-ensure` in XDG_CACHE_HOME or `~/.cache`; where there is no home, or
 * one that cannot be written to, a folder of the user's own among the temporary ones. Where there is no
 * place at all, `claim` throws `EnvironmentError`: much can be done without one.
 */
export function cacheFolder(context: Context): CacheFolder {
  const known = folders.get(context) ?? findFolder(context);
  folders.set(context, known);
  return known;
}

/** It is looked for once. */
const folders = new WeakMap<Context, CacheFolder>();

function findFolder(context: Context): CacheFolder {
  const { userId } = context;
  const silent = (path: string) => ({ path, claim: () => undefined });
  const named = namedFolder(context);
  if (named !== null) return silent(named);
  const usual = usualFolder(context);
  if (usual !== null && isOurs(usual, userId)) return silent(usual);
  const last = temporaryOwn(context);
  if (isOurs(last, userId)) {
    const note = temporaryNote(usual, last);
    return { path: last, claim: once((tell) => tell(note)) };
  }
  // Staging will say what is wrong with the usual one.
  return usual === null ? { path: NOWHERE, claim: () => noPlace(last) } : silent(usual);
}

function once(work: CacheFolder['claim']): CacheFolder['claim'] {
  let done = false;
  return (tell) => {
    if (!done) work(tell);
    done = true;
  };
}

function noPlace(last: string): never {
  throw new EnvironmentError(
    `there is no home folder for the cache, and ${last} cannot be used for it`,
    'set DOCKER_ENSURE_CACHE to a folder that can be written to (TMPDIR names another temporary one)',
  );
}

/**
 * The folder that a user names may be anybody's, even the project's: what is cleared away in ours must have been
 * made by us.
 */
function namedFolder({ env }: Context): string | null {
  const { DOCKER_ENSURE_CACHE: named = '' } = env;
  return named === '' ? null : join(named, NAMED);
}

/** bin/run-bundle.js has it, too. */
const NAMED = 'docker-ensure-cache';

/** XDG's folders are absolute: https://specifications.freedesktop.org/basedir-spec/latest/ */
function usualFolder({ env, homeFolder }: Context): string | null {
  const { XDG_CACHE_HOME = '' } = env;
  if (isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, 'docker-ensure');
  return homeFolder === null ? null : join(homeFolder, '.cache', 'docker-ensure');
}

function temporaryNote(usual: string | null, last: string): string {
  const why = usual === null ? 'there is no home folder' : `${usual} cannot be written to`;
  return `${why}, so the cache is in ${last}: should that be cleared away, files are staged anew, and a push that a run owes is not made up for; DOCKER_ENSURE_CACHE names a lasting folder`;
}

/**
 * Where the user's runs on this machine keep their locks, whatever cache each of them uses: two CI jobs
 * may have one each.
 */
export function lockFolder(context: Context): string {
  const own = temporaryOwn(context);
  const folder = isOurs(own, context.userId) ? own : cacheFolder(context).path;
  return join(folder, CACHE_PARTS.locks);
}

/** The folders that a run may choose among for its cache and its locks; makes none. */
export function ownFolders(context: Context): readonly string[] {
  const cache = namedFolder(context) ?? usualFolder(context);
  const folders = [temporaryOwn(context), ...(cache === null ? [] : [cache])];
  return folders.map((folder) => resolve(context.cwd, folder));
}

function temporaryOwn({ temporaryFolder, userId }: Context): string {
  return join(temporaryFolder, `docker-ensure-${userId}`);
}

/** Makes the folder where there is none. One of another user's would be a trap: /tmp is everybody's. */
function isOurs(folder: string, userId: number): boolean {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
    const stats = lstatSync(folder);
    return stats.isDirectory() && (userId < 0 || stats.uid === userId);
  } catch {
    return false;
  }
}
