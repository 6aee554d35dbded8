import type { BuildCache, Image } from './manifest.ts';
import type { Home } from './registry.ts';
import { isPushedTo } from './remote-policy.ts';

/** The tag of an image, or null for a bare name: `version`, the hash, or `version-hash`. */
export function tagOf(image: Image, hash: string | null): string | null {
  const digits = image.withHash && hash !== null ? hash.slice(0, image.hashLength) : null;
  const parts = [image.version, digits].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join('-');
}

/** The image's name on this machine. */
export function referenceOf(image: Image, hash: string | null): string {
  const tag = tagOf(image, hash);
  return tag === null ? image.name : `${image.name}:${tag}`;
}

/** The name that one of the image's registries has it by. */
export function homeReferenceOf(image: Image, { registry }: Home, hash: string | null): string {
  const ref = referenceOf(image, hash);
  const { server } = registry;
  return server === null || !image.prependServer ? ref : `${server}/${ref}`;
}

/** The names that the image's registries have it by, in their order. */
export function registryReferencesOf(image: Image, hash: string | null): string[] {
  return image.homes.map((home) => homeReferenceOf(image, home, hash));
}

/** A further tag of an image. */
export interface MovingReference {
  /** As this machine names it. */
  readonly ref: string;
  /** As the image's registries do, in their order. */
  readonly registryRefs: readonly string[];
}

export function movingReferencesOf(image: Image): MovingReference[] {
  return image.tags.map((tag) => {
    const tagged = { ...image, version: tag, withHash: false };
    return { ref: referenceOf(tagged, null), registryRefs: registryReferencesOf(tagged, null) };
  });
}

/** Every name that the image may have with that hash: its own, then those that its registries have it by. */
export function referencesOf(image: Image, hash: string | null): string[] {
  return [referenceOf(image, hash), ...registryReferencesOf(image, hash)];
}

/** The image's further tags, as this machine and as its registries name them. */
export function movingNamesOf(image: Image): string[] {
  return movingReferencesOf(image).flatMap(({ ref, registryRefs }) => [ref, ...registryRefs]);
}

/** What a Dockerfile calls the image where it is a parent: `name:version`, or the bare `name`. */
export function dockerfileName(image: Image): string {
  return image.version === null ? image.name : `${image.name}:${image.version}`;
}

/**
 * The names by which a Dockerfile may ask for an image and can mean no other one, hashes aside: what it
 * calls a parent, its references, and both with each of the further tags.
 */
export function fixedNamesOf(image: Image): string[] {
  const lasting = [dockerfileName(image), ...registryReferencesOf(image, null)];
  return [...lasting, ...movingNamesOf(image)];
}

/** The same without a tag: names that the image may share with others. */
export function bareNamesOf(image: Image): string[] {
  return [image.name, ...image.homes.map((home) => repositoryAt(image, home))];
}

/** A registry's name of the image's repository. */
export function repositoryAt(image: Image, home: Home): string {
  return homeReferenceOf({ ...image, version: null, withHash: false }, home, null);
}

/**
 * The reference under which a registry keeps the steps of an image's builds: beside the image, unless another is given;
 * of several registries in the first that it is pushed to.
 * Images of one repository have one each, the same for every version. Null where there is none.
 */
export function cacheReferenceOf(image: Image, cache: BuildCache | null): string | null {
  if (cache?.kind !== 'registry') return null;
  const home = image.homes.find(isPushedTo) ?? image.homes[0];
  const beside = { ...image, version: cacheTagOf(image), withHash: false };
  return cache.ref ?? (home === undefined ? null : homeReferenceOf(beside, home, null));
}

/** The tag of a cache that stands beside its image. */
export function cacheTagOf({ key }: Image): string {
  return `buildcache-${key}`;
}
