import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const NAME = 'Dockerfile';

/**
 * The Dockerfile that docker takes for a path: `dockerfile` beside it where the path ends in
 * `Dockerfile`, and its folder has none of exactly that name. A file system that takes the two for one
 * does not matter: the folder's own list is asked.
 *
 * Rule: buildx, https://github.com/docker/buildx/blob/v0.29.1/build/opt.go (handleLowercaseDockerfile).
 */
export function takenDockerfile(path: string): string {
  const lower = join(dirname(path), NAME.toLowerCase());
  // Hardly ever is there one, and a folder may have many files.
  if (basename(path) !== NAME || !existsSync(lower)) return path;
  const names = namesIn(dirname(path));
  return names.includes(basename(lower)) && !names.includes(NAME) ? lower : path;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
