import { constants } from 'node:fs';
import { access, lstat, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from './context.ts';

/**
 * Where staged files and notes live, never in the user's project: DOCKER_ENSURE_CACHE, else
 * `docker-ensure` in XDG_CACHE_HOME or `~/.cache`, else (a home that cannot be written to) a folder of
 * the user's own among the temporary ones.
 */
export async function cacheFolder(context: Context): Promise<string> {
  const { env, homeFolder, userId } = context;
  if (env.DOCKER_ENSURE_CACHE) return env.DOCKER_ENSURE_CACHE;
  const usual = join(env.XDG_CACHE_HOME || join(homeFolder, '.cache'), 'docker-ensure');
  const last = temporaryOwn(context);
  return (await isOurs(usual, userId)) || !(await isOurs(last, userId)) ? usual : last;
}

/**
 * Where the user's runs on this machine keep their locks, whatever cache each of them uses: two CI jobs
 * may have one each.
 */
export async function lockFolder(context: Context): Promise<string> {
  const own = temporaryOwn(context);
  return join((await isOurs(own, context.userId)) ? own : await cacheFolder(context), 'locks');
}

function temporaryOwn({ temporaryFolder, userId }: Context): string {
  return join(temporaryFolder, `docker-ensure-${userId}`);
}

/** Makes the folder where there is none. One of another user's would be a trap: /tmp is everybody's. */
async function isOurs(folder: string, userId: number): Promise<boolean> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK | constants.X_OK);
    const stats = await lstat(folder);
    return stats.isDirectory() && (userId < 0 || stats.uid === userId);
  } catch {
    return false;
  }
}

/**
 * Makes a folder and those above it. Node's own way never returns where the system says "no such file"
 * of a folder that it has, as beneath /proc.
 */
async function makeFolder(folder: string): Promise<void> {
  if ((await stat(folder).catch(() => null))?.isDirectory()) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
