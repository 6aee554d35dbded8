import { join } from 'node:path';
import { sha256 } from '../files/canonical.ts';
import { createKnownHashes, type KnownHashes } from '../files/known-hashes.ts';
import { keptFile } from '../machine/kept-file.ts';
import type { Manifest } from '../model/manifest.ts';
import { CACHE_PARTS, cacheFolder } from './cache-folder.ts';
import type { Context } from './context.ts';

/** Enough for a million files. */
const MOST_BYTES = 128 * 1024 * 1024;

/** What is known of the files of a manifest, in a file of its own in the cache folder. */
export function keptHashes({ path }: Manifest, context: Context): KnownHashes {
  const folder = join(cacheFolder(context).path, CACHE_PARTS.hashes);
  const file = join(folder, sha256(path).slice(0, 32));
  return createKnownHashes(keptFile(file, MOST_BYTES), context.now);
}
