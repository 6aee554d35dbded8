/** The environment in which a docker client meets one engine and nothing of the user's. */
import { delimiter } from 'node:path';

const about = /^(DOCKER|BUILDX|BUILDKIT|COMPOSE)_/;

/**
 * `base` without a word about docker (a context, a builder, a platform of the user's would change
 * what a test sees), and with an engine's own.
 */
export function scrubbed(
  env: Record<string, string>,
  base: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const kept = Object.entries(base).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !about.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), ...env };
}

/** PATH with one folder before all others. */
export function pathWith(folder: string): string {
  return [folder, process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'].join(delimiter);
}
