import type { BuildCache, Image } from './manifest.ts';

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

/** The name that the image's registry has it by; null without a registry. */
export function registryReferenceOf(image: Image, hash: string | null): string | null {
  if (image.registry === null) return null;
  const ref = referenceOf(image, hash);
  const { server } = image.registry;
  return server === null || !image.prependServer ? ref : `${server}/${ref}`;
}

/** The image's further tags: each as this machine names it, and as its registry does. */
export function movingReferencesOf(image: Image): { ref: string; registryRef: string | null }[] {
  return image.tags.map((tag) => {
    const tagged = { ...image, version: tag, withHash: false };
    return { ref: referenceOf(tagged, null), registryRef: registryReferenceOf(tagged, null) };
  });
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
  const moving = movingReferencesOf(image).flatMap(({ ref, registryRef }) => [ref, registryRef]);
  const names = [dockerfileName(image), registryReferenceOf(image, null), ...moving];
  return names.filter((name) => name !== null);
}

/** The same without a tag: names that the image may share with others. */
export function bareNamesOf(image: Image): string[] {
  return [image.name, bareRegistryNameOf(image)].filter((name) => name !== null);
}

/** The registry's name of the image's repository; null without a registry. */
export function bareRegistryNameOf(image: Image): string | null {
  return registryReferenceOf({ ...image, version: null, withHash: false }, null);
}

/**
 * The reference under which a registry keeps the steps of an image's builds: beside the image, unless another is given.
 * Images of one repository have one each, the same for every version. Null where there is none.
 */
export function cacheReferenceOf(image: Image, cache: BuildCache | null): string | null {
  if (cache?.kind !== 'registry') return null;
  return (
    cache.ref ??
    registryReferenceOf({ ...image, version: cacheTagOf(image), withHash: false }, null)
  );
}

/** The tag of a cache that stands beside its image. */
export function cacheTagOf({ key }: Image): string {
  return `buildcache-${key}`;
}
