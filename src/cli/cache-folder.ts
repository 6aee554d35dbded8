import { constants } from 'node:fs';
import { access, lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from './context.ts';

/**
 * Where staged files and notes live, never in the user's project: DOCKER_ENSURE_CACHE, else
 * `docker-ensure` in XDG_CACHE_HOME or `~/.cache`, else (a home that cannot be written to) a folder of
 * the user's own among the temporary ones.
 */
export async function cacheFolder(context: Context): Promise<string> {
  const { env, homeFolder, temporaryFolder, userId } = context;
  if (env.DOCKER_ENSURE_CACHE) return env.DOCKER_ENSURE_CACHE;
  const usual = join(env.XDG_CACHE_HOME || join(homeFolder, '.cache'), 'docker-ensure');
  const last = join(temporaryFolder, `docker-ensure-${userId}`);
  return (await isOurs(usual, userId)) || !(await isOurs(last, userId)) ? usual : last;
}

/** Makes the folder where there is none. One of another user's would be a trap: /tmp is everybody's. */
async function isOurs(folder: string, userId: number): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
    const stats = await lstat(folder);
    return stats.isDirectory() && (userId < 0 || stats.uid === userId);
  } catch {
    return false;
  }
}
