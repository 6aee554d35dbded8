import { constants } from 'node:fs';
import { access, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckUp } from '../../model/check-up.ts';
import { formatBytes } from '../../report/text.ts';
import { cacheFolder } from '../cache-folder.ts';
import type { Context } from '../context.ts';

/** Can the cache folder be written to, and how large is it? One that is not there yet is made. */
export async function checkCache(context: Context): Promise<CheckUp> {
  const { path } = cacheFolder(context);
  try {
    await access(path, constants.W_OK | constants.X_OK).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    const message = `${path} holds ${formatBytes(await sizeOf(path))}`;
    return { what: 'cache', state: 'ok', message, advice: null };
  } catch {
    return {
      ...{ what: 'cache', state: 'broken', message: `${path} cannot be written to` },
      advice: 'set DOCKER_ENSURE_CACHE to a folder that can be written to',
    };
  }
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let size = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) size += await sizeOf(path);
    else size += (await lstat(path).catch(() => null))?.size ?? 0;
  }
  return size;
}
