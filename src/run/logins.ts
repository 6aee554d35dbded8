import type { Docker, Transfer } from '../docker/port.ts';
import type { Registry } from '../model/manifest.ts';
import type { ResolvedBuild } from '../model/resolved.ts';
import type { Passwords } from './ports.ts';

/** Logs in to registries: once a run each, and only when one is about to be asked something. */
export interface Logins {
  ensure(registry: Registry | null): Promise<Transfer>;
  /** For the registries that a build's Dockerfile or arguments name: it may pull from them. */
  ensureForBuild(build: ResolvedBuild): Promise<Transfer>;
  /** Has docker a login there: one of this run that succeeded, or else one of the user's? */
  isLoggedIn(registry: Registry | null): boolean;
}

export interface LoginOptions {
  readonly docker: Docker;
  readonly passwords: Passwords;
  readonly registries: Iterable<Registry>;
  /** The servers that docker has a login of the user's for; Docker Hub is `docker.io`. */
  readonly servers: ReadonlySet<string>;
}

/** Docker Hub's name among servers. */
const HUB = 'docker.io';

export function createLogins({ docker, passwords, registries, servers }: LoginOptions): Logins {
  const all = [...registries];
  const begun = new Map<string, Promise<Transfer>>();
  const succeeded = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  const ensure = async (registry: Registry | null): Promise<Transfer> => {
    if (registry === null || registry.credentials === null) return { ok: true };
    const known = begun.get(registry.key);
    if (known !== undefined) return known;
    // One at a time: docker reads its configuration, adds a login and writes it, so that of two at
    // once one would be lost.
    const login = last.then(() => logIn(registry));
    last = login.catch(() => undefined);
    begun.set(registry.key, login);
    const outcome = await login;
    if (outcome.ok) succeeded.add(registry.key);
    // What may pass is asked again by whoever tries again.
    else if (outcome.passes !== 'no') begun.delete(registry.key);
    return outcome;
  };

  const logIn = async (registry: Registry): Promise<Transfer> => {
    const password = await passwords.of(registry);
    if (password === null) return { ok: true };
    const outcome: Transfer =
      'problem' in password
        ? { ok: false, kept: false, fault: 'unauthorized', message: password.problem, passes: 'no' }
        : await docker.login(registry, password.value, registry.limits.timeoutMs);
    if (outcome.ok) return outcome;
    const who = `${registry.key} (${registry.server ?? HUB})`;
    return { ...outcome, message: `the login to the registry ${who} failed: ${outcome.message}` };
  };

  return {
    ensure,
    async ensureForBuild(build) {
      for (const registry of all) {
        if (registry.server === null || !names(build, registry.server)) continue;
        const login = await ensure(registry);
        if (!login.ok) return login;
      }
      return { ok: true };
    },
    isLoggedIn(registry) {
      if (registry === null) return false;
      if (registry.credentials !== null) return succeeded.has(registry.key);
      return servers.has(registry.server ?? HUB);
    },
  };
}

function names(build: ResolvedBuild, server: string): boolean {
  const texts = [
    Buffer.from(build.dockerfile.bytes).toString('utf8'),
    ...build.buildArgs.values(),
    ...build.cacheFrom,
    ...build.cacheTo,
    ...[...build.additionalContexts.values()].map((context) =>
      context.kind === 'remote' ? context.source : '',
    ),
  ];
  return texts.some((text) => text.includes(`${server}/`));
}
