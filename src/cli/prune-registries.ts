import type { RegistryApi } from '../docker/port.ts';
import { repositoryAt } from '../model/naming.ts';
import type { Registry } from '../model/registry.ts';
import { isPushedTo } from '../model/remote-policy.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { digitsIn, type StalePolicy } from '../plan/stale.ts';
import { findStaleRemotely, type PrunedManifest } from '../plan/stale-remotely.ts';
import type { PruneFailure, PruneResult } from '../report/pruned.ts';
import type { RunServices } from '../run/step-runner.ts';

export interface Pruned {
  readonly results: readonly PruneResult[];
  /** Repositories that nothing could be found out about. */
  readonly failures: readonly PruneFailure[];
}

/** Looks for stale tags in the registries that images may be pushed to and, with `yes`, removes them. */
export async function pruneRegistries(
  images: readonly ResolvedImage[],
  policy: Omit<StalePolicy, 'used'>,
  yes: boolean,
  services: RunServices,
): Promise<Pruned> {
  const repositories = repositoriesOf(images);
  const pruned = await Promise.all(
    [...repositories].map(async ([name, registry]): Promise<Pruned> => {
      const timeoutMs = services.registries.timeoutMs(registry);
      const fail = (message: string, advice: string | null = null): Pruned => ({
        results: [],
        failures: [{ repository: name, message, advice }],
      });
      const login = await services.logins.ensure(registry);
      if (!login.ok) return fail(login.message, login.advice);
      const inventory = await services.registryApi.inventory(name, {
        timeoutMs,
        isWanted: (tag) => digitsIn(tag) !== null,
        inTurn: (request) => services.registries.withRequest(registry, request),
      });
      if (!inventory.ok) return fail(inventory.message);
      const found = findStaleRemotely(images, { name, tags: inventory.tags }, policy);
      const remove = (digest: string) =>
        services.registries.withRequest(registry, () =>
          services.registryApi.remove(name, digest, timeoutMs),
        );
      const ended = yes ? await removeAll(found.manifests, remove) : new Map<string, string>();
      const results = found.tags.map((tag): PruneResult => {
        if (tag.kept !== null) return { ...tag, outcome: 'kept', message: null };
        if (!yes) return { ...tag, outcome: 'stale', message: null };
        const message = ended.get(tag.id) ?? null;
        return { ...tag, outcome: message === null ? 'removed' : 'failed', message };
      });
      return { results, failures: [] };
    }),
  );
  return {
    results: pruned.flatMap(({ results }) => results),
    failures: pruned.flatMap(({ failures }) => failures),
  };
}

/** The repositories that the images built here may be pushed to, with the registry of each. */
function repositoriesOf(images: readonly ResolvedImage[]): ReadonlyMap<string, Registry> {
  const found = new Map<string, Registry>();
  for (const { image, build } of images) {
    if (build === null) continue;
    for (const home of image.homes.filter(isPushedTo)) {
      const name = repositoryAt(image, home);
      if (!found.has(name)) found.set(name, home.registry);
    }
  }
  return found;
}

/**
 * Removes manifests and, once they are gone, what only they consisted of. Gives, by digest, why one could not be removed
 * whole.
 */
async function removeAll(
  manifests: readonly PrunedManifest[],
  remove: (digest: string) => ReturnType<RegistryApi['remove']>,
): Promise<ReadonlyMap<string, string>> {
  const failed = new Map<string, string>();
  await Promise.all(
    manifests.map(async ({ digest }) => {
      const done = await remove(digest);
      if (!done.ok) failed.set(digest, done.message);
    }),
  );
  const staying = new Set(
    manifests.filter(({ digest }) => failed.has(digest)).flatMap(({ parts }) => parts),
  );
  const owners = new Map(
    manifests
      .filter(({ digest }) => !failed.has(digest))
      .flatMap(({ digest, parts }) => parts.map((part) => [part, digest] as const)),
  );
  await Promise.all(
    [...owners].map(async ([part, owner]) => {
      const done = staying.has(part) ? null : await remove(part);
      if (done !== null && !done.ok)
        failed.set(owner, `the tag is gone, but a part of its image is left: ${done.message}`);
    }),
  );
  return failed;
}
