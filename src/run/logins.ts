import type { Docker, Transfer } from '../docker/port.ts';
import type { Registry } from '../model/manifest.ts';
import type { ResolvedBuild } from '../model/resolved.ts';

/** Logs in to registries: once a run each, and only when one is about to be asked something. */
export interface Logins {
  ensure(registry: Registry | null): Promise<Transfer>;
  /** For the registries that a build's Dockerfile or arguments name: it may pull from them. */
  ensureForBuild(build: ResolvedBuild): Promise<Transfer>;
}

export function createLogins(docker: Docker, registries: Iterable<Registry>): Logins {
  const all = [...registries];
  const begun = new Map<string, Promise<Transfer>>();
  let last: Promise<unknown> = Promise.resolve();

  const ensure = async (registry: Registry | null): Promise<Transfer> => {
    if (registry === null || registry.credentials === null) return { ok: true };
    const known = begun.get(registry.key);
    if (known !== undefined) return known;
    // One at a time: docker reads its configuration, adds a login and writes it, so that of two at
    // once one would be lost.
    const login = last.then(() => docker.login(registry));
    last = login.catch(() => undefined);
    begun.set(registry.key, login);
    return login;
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
