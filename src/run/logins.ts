import type { Docker, Transfer } from '../docker/port.ts';
import { HUB, serverOf } from '../model/hub.ts';
import { parseReference } from '../model/reference.ts';
import type { Registry } from '../model/registry.ts';
import type { ResolvedBuild } from '../model/resolved.ts';
import { fetchesFrom } from './fetches.ts';
import type { Passwords } from './ports.ts';

/** Logs in to servers: once a run each, and only when one is about to be asked something. */
export interface Logins {
  /** Entries for one server share the login of the one that has credentials. */
  ensure(registry: Registry | null): Promise<Transfer>;
  /** For the servers that a build may fetch from: its images, caches and contexts. */
  ensureForBuild(build: ResolvedBuild): Promise<Transfer>;
  /** For the servers of these references. */
  ensureForImages(refs: readonly string[]): Promise<Transfer>;
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

export function createLogins({ docker, passwords, registries, servers }: LoginOptions): Logins {
  const accounts = new Map<string, Registry>();
  const know = (registry: Registry): string => {
    const server = serverNameOf(registry);
    if (registry.credentials !== null && !accounts.has(server)) accounts.set(server, registry);
    return server;
  };
  for (const registry of registries) know(registry);
  const begun = new Map<string, Promise<Transfer>>();
  const succeeded = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  const ensureAt = async (server: string): Promise<Transfer> => {
    const account = accounts.get(server);
    if (account === undefined) return { ok: true };
    const known = begun.get(server);
    if (known !== undefined) return known;
    // One at a time: docker reads its configuration, adds a login and writes it, so that of two at
    // once one would be lost.
    const login = last.then(() => logIn(account));
    last = login.catch(() => undefined);
    begun.set(server, login);
    const outcome = await login;
    if (outcome.ok) succeeded.add(server);
    // A fault that may pass is not remembered: the next try asks again.
    else if (outcome.retryable !== 'no') begun.delete(server);
    return outcome;
  };

  const logIn = async (registry: Registry): Promise<Transfer> => {
    const password = await passwords.of(registry);
    if (password === null) return { ok: true };
    const outcome: Transfer =
      'problem' in password
        ? noPassword(password)
        : await docker.login(registry, password.value, registry.limits.timeoutMs);
    if (outcome.ok) return outcome;
    const who = `${registry.key} (${registry.server ?? HUB})`;
    const message = `the login to the registry ${who} failed: ${outcome.message}`;
    return { ...outcome, message, ...(outcome.fault === 'denied' ? { advice: NOT_LET_IN } : {}) };
  };

  return {
    ensure: async (registry) => (registry === null ? { ok: true } : ensureAt(know(registry))),
    async ensureForBuild(build) {
      const fetches = fetchesFrom(build, accounts.keys());
      for (const server of accounts.keys()) {
        const need = fetches.get(server);
        if (need === undefined) continue;
        const login = await ensureAt(server);
        // What everybody may fetch can be had without.
        if (!login.ok && need === 'must') return login;
      }
      return { ok: true };
    },
    async ensureForImages(refs) {
      const servers = refs.flatMap((ref) => parseReference(ref)?.server ?? []);
      for (const server of new Set(servers.map(serverOf))) {
        const login = await ensureAt(server);
        if (!login.ok) return login;
      }
      return { ok: true };
    },
    isLoggedIn(registry) {
      if (registry === null) return false;
      const server = know(registry);
      return accounts.has(server) ? succeeded.has(server) : servers.has(server);
    },
  };
}

function serverNameOf({ server }: Registry): string {
  return serverOf(server ?? HUB);
}

/** Of a login a registry does not say why it refuses: nothing else was asked for. */
const NOT_LET_IN =
  'check the username and password of the registry: a password that is a token may have expired';

function noPassword({ problem, advice }: { problem: string; advice?: string }): Transfer {
  const refused = { ok: false, kept: false, fault: 'unauthorized', message: problem } as const;
  return { ...refused, retryable: 'no', ...(advice === undefined ? {} : { advice }) };
}
