import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { isDockersVariable } from '../model/docker-variables.ts';
import type { ResolvedBuild } from '../model/resolved.ts';
import type { BuildFailed } from './port.ts';

/** What a build lacks before docker is called. */
type Lacking = Pick<BuildFailed, 'message' | 'advice'>;

/** A secret whose variable is not set: docker would give the build an empty one, and say nothing. */
export function unsetSecret({ secrets }: ResolvedBuild): Lacking | null {
  for (const { id, from } of secrets) {
    if ('env' in from && from.value === null)
      return { message: `the variable ${from.env}, which has the secret ${id}, is not set` };
  }
  return null;
}

/**
 * A file with a secret or a key that cannot be read: docker would fail all builds of the call, and not say
 * which of them has it.
 */
export async function unreadableSource({ secrets, ssh }: ResolvedBuild): Promise<Lacking | null> {
  const files = secrets.flatMap(({ id, from }) =>
    'file' in from ? [{ path: from.file, use: `has the secret ${id}` }] : [],
  );
  const keys = ssh.flatMap(({ id, paths }) =>
    paths.map((path) => ({ path, use: `is for the ssh id ${id}` })),
  );
  for (const { path, use } of [...files, ...keys]) {
    const problem = await problemOf(path);
    if (problem === null) continue;
    return {
      message: `${path}, which ${use}, ${problem}`,
      advice: 'check the path: `docker-ensure validate` checks those of all images',
    };
  }
  return null;
}

/**
 * A build argument that a plain build cannot have: docker would read the variable that hands it over as
 * its own, and so talk to another engine or find no program.
 */
export function takenArgument({ buildArgs, unhashedBuildArgs }: ResolvedBuild): Lacking | null {
  const taken = [...buildArgs.keys(), ...unhashedBuildArgs.keys()].find(isDockersVariable);
  if (taken === undefined) return null;
  return {
    message: `\`${taken}\` cannot be an argument of this build: docker itself reads the variable of that name`,
    advice:
      'give the argument another name, here and in the Dockerfile; or update buildx, and write all text of the image in composed characters (NFC)',
  };
}

async function problemOf(path: string): Promise<string | null> {
  return access(path, constants.R_OK).then(
    () => null,
    ({ code, message }: NodeJS.ErrnoException) =>
      code === 'ENOENT' ? 'does not exist' : `cannot be read: ${message}`,
  );
}
