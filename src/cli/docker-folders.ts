import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { sourceOf } from '../docker/credentials.ts';
import { parseLoginConfig, readLoginConfig } from '../docker/login-config.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { HUB, loginKeyOf } from '../model/hub.ts';
import { CACHE_PARTS } from './cache-folder.ts';
import type { Context } from './context.ts';

/** For a user without a home: nothing is there, and nothing can be put there. */
const NOWHERE = '/dev/null';

type Home = Pick<Context, 'env' | 'homeFolder'>;
type Surroundings = Home & Pick<Context, 'cwd'>;

/** The folder of the user's docker configuration. */
export function dockerFolder({ env, homeFolder, cwd }: Surroundings): string {
  return resolve(cwd, env.DOCKER_CONFIG || join(homeFolder ?? NOWHERE, '.docker'));
}

/**
 * Where engines have the certificates of registries, a folder a server: the system's engine, one without
 * root, and Docker Desktop. https://docs.docker.com/engine/security/certificates/
 */
export function certificateFolders({ env, homeFolder }: Home): readonly string[] {
  const home = homeFolder ?? NOWHERE;
  const own = [join(env.XDG_CONFIG_HOME || join(home, '.config'), 'docker'), join(home, '.docker')];
  return ['/etc/docker', ...own].map((folder) => join(folder, 'certs.d'));
}

/**
 * True where docker would take `.docker` in the current folder for the user's configuration, run the
 * plugins in it and write there: it does without a home.
 */
export function lacksDockerFolder({ env, homeFolder }: Home): boolean {
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
 * A helper that docker's configuration names for the logins of these registries and that is not there:
 * docker goes on without a login, and most of its commands do not say so. A server is null for Docker Hub.
 */
export async function helperWarning(
  surroundings: Surroundings,
  servers: readonly (string | null)[],
): Promise<Diagnostic | null> {
  const folder = dockerFolder(surroundings);
  const config = await readLoginConfig(folder);
  const first = parseLoginConfig(surroundings.env.DOCKER_AUTH_CONFIG ?? '');
  for (const server of servers) {
    const source = sourceOf(config, first, loginKeyOf(server));
    if (source?.kind !== 'helper') continue;
    const program = `docker-credential-${source.name}`;
    if (await isOnPath(program, surroundings)) continue;
    return {
      severity: 'warning',
      code: 'docker-configuration',
      message: `${join(folder, 'config.json')} names ${program} for the login to ${server ?? HUB}, which is not on the PATH: docker does without that login`,
      advice: `install ${program}, or take \`${source.name}\` out of \`credsStore\` and \`credHelpers\` there and log in again`,
    };
  }
  return null;
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
