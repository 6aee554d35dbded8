import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * A docker configuration of the run's own. `docker login` writes the password in clear into
 * `config.json`, so logins go to a private copy that is removed when the run ends; contexts, plugins
 * and builders are the user's, by links.
 */
export interface PrivateConfig {
  /** The folder, for DOCKER_CONFIG. Mode 0700. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** The user's own, the last three for an engine that is reached by TLS. */
const SHARED = ['cli-plugins', 'contexts', 'buildx', 'trust', 'ca.pem', 'cert.pem', 'key.pem'];

/** Makes a private copy of the configuration in `userFolder`, in which `servers` can be logged in to. */
export async function createPrivateConfig(
  userFolder: string,
  servers: readonly string[],
  temporary: string,
): Promise<PrivateConfig> {
  const folder = await mkdtemp(join(temporary, 'docker-ensure-config-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (const name of SHARED) {
      const original = resolve(userFolder, name);
      if (existsSync(original)) await symlink(original, join(folder, name));
    }
    const config = withFileLogins(await readConfig(userFolder), servers);
    await writeFile(join(folder, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, remove };
}

type DockerConfig = Readonly<Record<string, unknown>>;

async function readConfig(folder: string): Promise<DockerConfig> {
  try {
    const text = await readFile(join(folder, 'config.json'), 'utf8');
    return (JSON.parse(text) as DockerConfig | null) ?? {};
  } catch {
    // None, or one that docker itself will complain about.
    return {};
  }
}

/**
 * The configuration with the helpers of all other servers kept. An empty helper name makes docker
 * store a server's login in the file, so that it never reaches the user's keychain.
 */
function withFileLogins(config: DockerConfig, servers: readonly string[]): DockerConfig {
  const helpers = (config.credHelpers ?? {}) as Record<string, string>;
  const own = Object.fromEntries(servers.map((server) => [server, '']));
  return { ...config, credHelpers: { ...helpers, ...own } };
}
