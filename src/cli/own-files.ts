import { dirname, join, relative, resolve } from 'node:path';
import { CONFIG_PREFIX } from '../docker/config.ts';
import type { OwnFiles } from '../files/own-files.ts';
import type { Manifest } from '../model/manifest.ts';
import { CACHE_PARTS, ownFolders } from './cache-folder.ts';
import type { Context } from './context.ts';

/** What docker-ensure reads and writes itself in this run and in others; nobody is asked whether it is there. */
export function ownFiles(
  { files, folder }: Manifest,
  envFiles: readonly string[],
  context: Context,
): OwnFiles {
  const { cwd, temporaryFolder, outputFiles } = context;
  return {
    files: [...files.flatMap(withDotEnv), ...envFiles.map((file) => resolve(cwd, file))],
    folders: ownFolders(context).flatMap((cache) =>
      holds(cache, folder) ? partsOf(cache) : cache,
    ),
    beginnings: [join(temporaryFolder, CONFIG_PREFIX)],
    outputs: outputFiles,
  };
}

/** A manifest and the env file beside it. */
export function withDotEnv(path: string): string[] {
  return [path, join(dirname(path), '.env')];
}

/** A cache folder that holds the project is not ours alone. */
function partsOf(cache: string): string[] {
  return Object.values(CACHE_PARTS).map((name) => join(cache, name));
}

function holds(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way !== '..' && !way.startsWith('../');
}
