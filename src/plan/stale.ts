import { namesHere } from '../model/homes.ts';
import { HASH_LABEL, INPUTS_LABEL, type Labels } from '../model/image-labels.ts';
import { bareNamesOf, movingNamesOf } from '../model/naming.ts';
import { familiarReference, parseReference } from '../model/reference.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import type { KeptReason, PrunedTag } from '../model/stale.ts';

/** An image with tags in repositories of the manifest. */
export interface TaggedImage {
  readonly id: string;
  /** Familiar references. */
  readonly refs: readonly string[];
  readonly createdMs: number | null;
  readonly size: number;
  readonly labels: Labels;
}

export interface StalePolicy {
  /** How many of the newest stale images of each repository are kept beside the current ones. */
  readonly keep: number;
  /** Milliseconds: what is younger is kept. */
  readonly olderThanMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** IDs of images that containers have. */
  readonly used: ReadonlySet<string>;
}

/**
 * The tags that carry the hash of the image beneath them, in the repositories of the manifest's images: those that are
 * stale, and those that are kept, with the reason. Any other tag, and an image that docker-ensure has not built, is not
 * spoken of. Newest first. Pure.
 */
export function findStale(
  images: readonly ResolvedImage[],
  stored: readonly TaggedImage[],
  policy: StalePolicy,
): PrunedTag[] {
  const current = new Set(images.flatMap(namesHere).map(familiar));
  const moving = new Set(images.flatMap(({ image }) => movingNamesOf(image)).map(familiar));
  const platforms = platformsByRepository(images);
  const tags = stored
    .flatMap((image) => image.refs.map((ref) => ({ ref, image })))
    .filter(({ ref, image }) => carriesHash(ref, image.labels) && !moving.has(ref))
    .sort(
      (a, b) => (b.image.createdMs ?? 0) - (a.image.createdMs ?? 0) || (a.ref < b.ref ? -1 : 1),
    );
  const newest = new Map<string, Set<string>>();
  const reasonFor = (ref: string, { id, createdMs, labels }: TaggedImage): KeptReason | null => {
    if (current.has(ref)) return 'current';
    if (policy.used.has(id)) return 'in-use';
    const repository = repositoryOf(ref);
    const platform = platformOf(labels);
    if (platform !== null && !platforms.get(repository)?.has(platform)) return 'other-platform';
    if (createdMs !== null && policy.nowMs - createdMs < policy.olderThanMs) return 'young';
    const kept = newest.get(repository) ?? new Set();
    newest.set(repository, kept);
    if (kept.has(id) || kept.size < policy.keep) {
      kept.add(id);
      return 'newest';
    }
    return null;
  };
  return tags.map(({ ref, image }) => {
    const { id, createdMs, size } = image;
    return { ref, id, createdMs, size, kept: reasonFor(ref, image) };
  });
}

/** Does the tag end with digits of the hash that the image says it was built from? */
function carriesHash(ref: string, labels: Labels): boolean {
  const hash = labels[HASH_LABEL] ?? '';
  const digits = digitsIn(parseReference(ref)?.tag ?? '');
  return digits !== null && hash.startsWith(digits);
}

/** The end of a tag that may be that of a hash; null where there is none. */
export function digitsIn(tag: string): string | null {
  return /(?:^|-)([0-9a-f]{4,64})$/.exec(tag)?.[1] ?? null;
}

/** The platforms that the current images of each repository are for. */
function platformsByRepository(
  images: readonly ResolvedImage[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const platforms = new Map<string, Set<string>>();
  for (const { image, build } of images) {
    for (const name of bareNamesOf(image)) {
      const repository = repositoryOf(name);
      const known = platforms.get(repository) ?? new Set();
      platforms.set(repository, known);
      if (build !== null) known.add([...new Set(build.platforms)].sort().join());
    }
  }
  return platforms;
}

/** The platforms in an inputs document; null where the image has none. */
function platformOf(labels: Labels): string | null {
  try {
    const { platforms } = JSON.parse(labels[INPUTS_LABEL] ?? '') as { platforms?: unknown };
    return Array.isArray(platforms) ? platforms.join() : null;
  } catch {
    return null;
  }
}

export function familiar(ref: string): string {
  const reference = parseReference(ref);
  return reference === null ? ref : familiarReference(reference);
}

function repositoryOf(ref: string): string {
  const reference = parseReference(ref);
  return reference === null ? ref : `${reference.server}/${reference.repository}`;
}
