import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { serverOf } from '../model/hub.ts';
import { CACHE_PARTS } from './cache-folder.ts';
import type { Context } from './context.ts';

/** For a user without a home: nothing is there, and nobody can put anything there. */
const NOWHERE = '/dev/null';

type Surroundings = Pick<Context, 'env' | 'homeFolder'>;

/** The folder of the user's docker configuration. */
export function dockerFolder({ env, homeFolder }: Surroundings): string {
  return env.DOCKER_CONFIG || join(homeFolder ?? NOWHERE, '.docker');
}

/**
 * Where engines have the certificates of registries, a folder a server: the system's engine, one without
 * root, and Docker Desktop. https://docs.docker.com/engine/security/certificates/
 */
export function certificateFolders({ env, homeFolder }: Surroundings): readonly string[] {
  const home = homeFolder ?? NOWHERE;
  const own = [join(env.XDG_CONFIG_HOME || join(home, '.config'), 'docker'), join(home, '.docker')];
  return ['/etc/docker', ...own].map((folder) => join(folder, 'certs.d'));
}

/**
 * True where docker would take `.docker` in the current folder for the user's configuration, run the
 * plugins in it and write there: it does without a home.
 */
export function lacksDockerFolder({ env, homeFolder }: Surroundings): boolean {
  return homeFolder === null && !env.DOCKER_CONFIG;
}

/** Buildx must keep notes of each build. Where it cannot in the user's folder, it may in the cache. */
export async function buildxEnvironment(
  surroundings: Surroundings,
  cache: string,
): Promise<Readonly<Record<string, string>>> {
  if (surroundings.env.BUILDX_CONFIG) return {};
  const usual = join(dockerFolder(surroundings), 'buildx');
  if (lacksDockerFolder(surroundings) || (await canMake(usual))) return {};
  return { BUILDX_CONFIG: join(cache, CACHE_PARTS.buildx) };
}

/** Whether a folder can be written to, or be made. */
async function canMake(folder: string): Promise<boolean> {
  const there = await stat(folder).catch(() => null);
  if (there === null) return dirname(folder) !== folder && canMake(dirname(folder));
  const allowed = access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return there.isDirectory() && allowed;
}

/** Docker leaves a configuration file out that it cannot read, logins and all, and hardly says so. */
export async function configWarning(surroundings: Surroundings): Promise<Diagnostic | null> {
  const path = join(dockerFolder(surroundings), 'config.json');
  const problem = await readFile(path, 'utf8').then(problemOf, (error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' || error.code === 'ENOTDIR' ? null : error.message,
  );
  if (problem === null) return null;
  return {
    severity: 'warning',
    code: 'docker-configuration',
    message: `${path} cannot be read, so docker knows none of the logins in it: ${problem}`,
    advice: 'mend it, or log in again',
  };
}

/**
 * A helper that docker's configuration names for the logins of these servers and that is not there: docker
 * goes on without a login, and most of its commands do not say so.
 */
export async function helperWarning(
  surroundings: Surroundings,
  servers: readonly string[],
): Promise<Diagnostic | null> {
  const path = join(dockerFolder(surroundings), 'config.json');
  const helpers = await readFile(path, 'utf8').then(helpersIn, () => new Map<string, string>());
  for (const server of servers) {
    const name = helpers.get(server) ?? helpers.get(ALL_SERVERS) ?? '';
    const program = `docker-credential-${name}`;
    if (name === '' || (await isOnPath(program, surroundings))) continue;
    return {
      severity: 'warning',
      code: 'docker-configuration',
      message: `${path} names ${program} for the login to ${server}, which is not on the PATH: docker does without that login`,
      advice: `install ${program}, or take \`${name}\` out of \`credsStore\` and \`credHelpers\` there and log in again`,
    };
  }
  return null;
}

/** Of `credsStore`, which is for all that have no helper of their own. */
const ALL_SERVERS = '';

function helpersIn(text: string): Map<string, string> {
  try {
    const { credsStore, credHelpers } = JSON.parse(text) as Record<string, unknown>;
    const own = Object.entries(typeof credHelpers === 'object' ? (credHelpers ?? {}) : {});
    const all: [string, unknown][] = [
      [ALL_SERVERS, credsStore],
      ...own.map(([server, name]): [string, unknown] => [serverOf(server), name]),
    ];
    return new Map(all.flatMap(([key, name]) => (typeof name === 'string' ? [[key, name]] : [])));
  } catch {
    return new Map();
  }
}

async function isOnPath(program: string, { env }: Surroundings): Promise<boolean> {
  const folders = (env.PATH ?? '').split(delimiter);
  const tries = folders
    .flatMap((folder) => [join(folder, program), join(folder, `${program}.exe`)])
    .map((file) =>
      access(file, constants.X_OK).then(
        () => true,
        () => false,
      ),
    );
  return (await Promise.all(tries)).includes(true);
}

function problemOf(text: string): string | null {
  try {
    if (text.trim() !== '') JSON.parse(text);
    return null;
  } catch {
    // The words of the parser would repeat what is in the file, which may be a password.
    return 'it is not JSON';
  }
}
