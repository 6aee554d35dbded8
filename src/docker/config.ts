import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { holderName, isAlive, isOfThisMachine } from '../machine/process-identity.ts';
import { EnvironmentError } from '../model/environment-error.ts';
import { serverOf } from '../model/hub.ts';
import { type LoginConfig, parseLoginConfig, readLoginConfig } from './login-config.ts';

/**
 * A docker configuration of the run's own. `docker login` writes the password in clear into
 * `config.json`, so logins go to a private copy that is removed when the run ends; contexts, plugins
 * and builders are the user's, by links.
 */
export interface PrivateConfig {
  /** Mode 0700. */
  readonly folder: string;
  /** For docker's environment, in the place of the user's own. */
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
  /** The same for a process that ends this instant. */
  removeNow(): void;
}

export interface ConfigOptions {
  /** The user's own folder. */
  readonly userFolder: string;
  /** DOCKER_AUTH_CONFIG: logins that docker would put before those of the folder. */
  readonly authConfig: string | undefined;
  /** The servers that are to be logged in to, as docker's configuration names them. */
  readonly servers: readonly string[];
  /** Where the folder is made. */
  readonly temporary: string;
}

/** The user's own, the last three for an engine that is reached by TLS. */
const SHARED = ['cli-plugins', 'contexts', 'buildx', 'trust', 'ca.pem', 'cert.pem', 'key.pem'];

/** How the name of each begins. */
export const CONFIG_PREFIX = 'docker-ensure-config-';

/** Makes a private copy of the user's configuration, in which the servers can be logged in to. */
export async function createPrivateConfig(options: ConfigOptions): Promise<PrivateConfig> {
  const { userFolder, servers, temporary } = options;
  await sweep(temporary).catch(() => undefined);
  const name = `${CONFIG_PREFIX}${await holderName()}.`;
  const folder = await mkdtemp(join(temporary, name)).catch((error: Error) =>
    refuse(temporary, error),
  );
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (const name of SHARED) {
      const original = resolve(userFolder, name);
      if (existsSync(original)) await symlink(original, join(folder, name));
    }
    const config = withFileLogins(await readConfig(options), servers);
    await writeFile(join(folder, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  } catch (error) {
    await remove();
    return refuse(temporary, error as Error);
  }
  return {
    folder,
    env: { DOCKER_CONFIG: folder, DOCKER_AUTH_CONFIG: '' },
    remove,
    removeNow: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function refuse(temporary: string, { message }: Error): never {
  throw new EnvironmentError(
    `there is no place for docker's logins in ${temporary}: ${message}`,
    'see that the folder is there, can be written to and has room (TMPDIR names another)',
  );
}

/** Removes what runs left that were killed: it may hold a password. */
async function sweep(temporary: string): Promise<void> {
  for (const name of await readdir(temporary)) {
    if (!name.startsWith(CONFIG_PREFIX)) continue;
    const holder = name.slice(CONFIG_PREFIX.length).split('.')[0] ?? '';
    const path = join(temporary, name);
    if (!isOfThisMachine(holder) || (await isAlive(holder, path))) continue;
    await rm(path, { recursive: true, force: true });
  }
}

/** The servers that docker has a login of the user's for: `host[:port]`, Docker Hub as `docker.io`. */
export async function readLogins(
  options: Pick<ConfigOptions, 'userFolder' | 'authConfig'>,
): Promise<ReadonlySet<string>> {
  const { auths, credHelpers } = await readConfig(options);
  return new Set([...Object.keys(auths ?? {}), ...Object.keys(credHelpers ?? {})].map(serverOf));
}

async function readConfig({
  userFolder,
  authConfig,
}: Pick<ConfigOptions, 'userFolder' | 'authConfig'>): Promise<LoginConfig> {
  const file = await readLoginConfig(userFolder);
  const { auths } = parseLoginConfig(authConfig ?? '');
  return auths == null ? file : { ...file, auths: { ...file.auths, ...auths } };
}

/**
 * The configuration with the helpers of all other servers kept. An empty helper name makes docker
 * store a server's login in the file, so that it never reaches the user's keychain.
 */
function withFileLogins(config: LoginConfig, servers: readonly string[]): LoginConfig {
  const own = Object.fromEntries(servers.map((server) => [server, '']));
  return { ...config, credHelpers: { ...config.credHelpers, ...own } };
}
