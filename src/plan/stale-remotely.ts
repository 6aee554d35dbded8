import type { ResolvedImage } from '../model/resolved.ts';
import type { PrunedTag, RemoteTag } from '../model/stale.ts';
import { familiar, findStale, type StalePolicy } from './stale.ts';

/** A repository in a registry. */
export interface RemoteRepository {
  /** As references name it. */
  readonly name: string;
  /** All of them. */
  readonly tags: readonly RemoteTag[];
}

export interface RemotePrune {
  readonly tags: readonly PrunedTag[];
  /** What goes with the stale ones. */
  readonly manifests: readonly PrunedManifest[];
}

export interface PrunedManifest {
  readonly digest: string;
  /** What it consists of, and nothing else that stays. */
  readonly parts: readonly string[];
}

/**
 * The tags of a repository in a registry that carry the hash of the image beneath them, as `findStale` tells them. A
 * registry removes manifests, and all tags with them: one that a tag needs which stays is kept. Pure.
 */
export function findStaleRemotely(
  images: readonly ResolvedImage[],
  { name, tags }: RemoteRepository,
  policy: Omit<StalePolicy, 'used'>,
): RemotePrune {
  const named = tags.map((tag) => ({ ...tag, ref: familiar(`${name}:${tag.tag}`) }));
  const stored = named.map(({ ref, digest, ...said }) => ({ ...said, id: digest, refs: [ref] }));
  const found = findStale(images, stored, { ...policy, used: new Set() });
  const stale = new Set(found.filter(({ kept }) => kept === null).map(({ ref }) => ref));
  const needed = new Set(
    named.filter(({ ref }) => !stale.has(ref)).flatMap(({ digest, parts }) => [digest, ...parts]),
  );
  const gone = named.filter(({ ref, digest }) => stale.has(ref) && !needed.has(digest));
  const manifests = new Map(
    gone.map(({ digest, parts }) => [
      digest,
      { digest, parts: parts.filter((part) => part !== digest && !needed.has(part)) },
    ]),
  );
  return {
    tags: found.map((tag) =>
      tag.kept === null && needed.has(tag.id) ? { ...tag, kept: 'tagged' } : tag,
    ),
    manifests: [...manifests.values()],
  };
}
