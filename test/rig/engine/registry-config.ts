/** The configuration file of a registry. */
import bcrypt from 'bcryptjs';
import type { Credentials, RegistryOptions } from './types.ts';

/** The header in which a registry of ours says its name. */
export const nameHeader = 'X-Docker-Ensure-Registry';

/** Where a registry finds things, as it sees them. */
export interface RegistryPlaces {
  readonly address: string;
  readonly storage: string;
  readonly htpasswd: string;
}

/** The configuration; JSON is YAML, and needs no care about what a path may hold. */
export function registryConfig(options: RegistryOptions, places: RegistryPlaces): string {
  const { address, storage, htpasswd } = places;
  const auth = { htpasswd: { realm: 'docker-ensure', path: htpasswd } };
  return JSON.stringify({
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: false } },
    // No cache of blobs in memory: `reset` may then empty the storage beneath a running registry.
    storage: {
      filesystem: { rootdirectory: storage },
      delete: { enabled: options.deleteEnabled ?? false },
    },
    http: {
      addr: address,
      secret: 'of no use outside this machine',
      // Tells this registry's answers from those of another that took the port first.
      headers: { [nameHeader]: [options.name] },
    },
    ...(options.auth === undefined ? {} : { auth }),
  });
}

/** The password file. The registry takes bcrypt only; a low cost keeps every request quick. */
export function htpasswd({ username, password }: Credentials): string {
  return `${username}:${bcrypt.hashSync(password, 4)}\n`;
}

/** The lines of a registry's log that tell of a request. */
export function accessLines(log: string): string[] {
  return log.split('\n').filter((line) => /"[A-Z]+ \/\S* HTTP\//.test(line));
}
