import type { OwnCaches } from '../docker/port.ts';
import { registryHomes } from '../model/homes.ts';
import { cacheReferenceOf, homeReferenceOf, movingReferencesOf } from '../model/naming.ts';
import { isKeptOut } from '../model/remote-policy.ts';
import { mayPublish } from '../plan/run-policy.ts';
import { imageOfCache } from './fetches.ts';
import type { ImageTask } from './image-task.ts';

const NONE: OwnCaches = { from: [], to: [] };

/**
 * What an image's `cache` comes to in a run: where its build takes steps from, and where it leaves them. No registry is
 * read from that the image is kept from, nor offline, and none is written to by a run that does not publish the image.
 * One that does not let us in is left out, with a note.
 */
export async function cachesOf(task: ImageTask): Promise<OwnCaches> {
  const { resolved, policy, services } = task;
  const { image, build } = resolved;
  const cache = build?.cache ?? null;
  if (build === null || cache === null) return NONE;
  const inline = cache.kind === 'inline' ? ['type=inline'] : [];
  const own = cacheReferenceOf(image, cache);
  const isUnread = policy.offline || isKeptOut(image);
  const sources = isUnread ? [] : [...(own === null ? [] : [own]), ...(await previousOf(task))];
  const target = own !== null && mayPublish(resolved, policy) ? own : null;
  const login = await services.logins.ensureForImages(sources);
  if (!login.ok) {
    const text = `${image.key} is built without the cache in its registry: ${login.message}`;
    services.emit({ type: 'note', text });
  }
  const refs = login.ok ? sources : [];
  const isGiven = (written: string) => givenIn(build.cacheTo, written);
  return {
    from: [...new Set(refs)].map((ref) => `type=registry,ref=${ref}`),
    to: [
      ...inline.filter(() => !isGiven('type=inline')),
      ...(login.ok && target !== null && cache.kind === 'registry' && !isGiven(target)
        ? [`type=registry,ref=${target},mode=${cache.mode},${OF_EXPORTS}`]
        : []),
    ],
  };
}

/**
 * The manifest of a cache in the form of an image's, which registries take that know no other; and a cache that
 * cannot be written fails no build. A BuildKit older than 0.12 reads over both.
 *
 * https://github.com/moby/buildkit#registry-push-image-and-cache-separately
 */
const OF_EXPORTS = 'image-manifest=true,oci-mediatypes=true,ignore-error=true';

/**
 * The images of the same repository that may hold steps, as its registries name them: what the tag itself names, unless
 * that is known to be absent; what was built here last; and what the further tags name.
 */
async function previousOf({ resolved, facts, services }: ImageTask): Promise<string[]> {
  const { image } = resolved;
  const last = await services.archive.lastOf(image);
  const moving = movingReferencesOf(image);
  const isAbsent = (ref: string) => facts.answers.get(ref)?.answer.is === 'absent';
  return registryHomes(resolved).flatMap((home, index) => {
    const { registry, remotePolicy, ref } = home;
    if (registry === null || remotePolicy === 'none') return [];
    const before =
      last === null ? [] : [homeReferenceOf(image, { registry, remotePolicy }, last.hash)];
    const tags = moving.flatMap(({ registryRefs }) => registryRefs[index] ?? []);
    return [ref, ...before, ...tags].filter((each) => !isAbsent(each));
  });
}

/** Whether the manifest has a cache among its `cache_to`. */
function givenIn(caches: readonly string[], wanted: string): boolean {
  return caches.some((cache) => cache === wanted || imageOfCache(cache).includes(wanted));
}
