import type { Diagnostic } from '../model/diagnostic.ts';
import type { Image } from '../model/manifest.ts';
import { cacheReferenceOf, movingReferencesOf, registryReferenceOf } from '../model/naming.ts';
import { normalizedReference, parseReference, type Reference } from '../model/reference.ts';
import { formatPlace } from '../model/source.ts';

/**
 * Caches under references that images of the manifest have, or would have with another hash: the one would overwrite
 * the other.
 */
export function cachesOfImages(images: ReadonlyMap<string, Image>): Diagnostic[] {
  const all = [...images.values()];
  return all.flatMap((image) => {
    const ref = cacheReferenceOf(image, image.build?.cache ?? null);
    const reference = ref === null ? null : parseReference(ref);
    const owner = reference === null ? undefined : all.find((each) => names(each, reference));
    if (owner === undefined) return [];
    const place = image.build?.places.get('cache') ?? image.place;
    return [
      {
        severity: 'error' as const,
        code: 'cache-names-image',
        message: `the cache of \`${image.key}\` would be ${ref}, which \`${owner.key}\` (${formatPlace(owner.place)}) is called`,
        advice: 'name another reference: `cache: { ref: … }`',
        place,
        image: image.key,
      },
    ];
  });
}

/** Whether an image may have a reference in its registry: one of another hash would be its own, too. */
function names(image: Image, reference: Reference): boolean {
  const moving = movingReferencesOf(image).map(({ registryRef }) => registryRef);
  const bare = image.withHash ? null : registryReferenceOf(image, null);
  const own = [...moving, bare].flatMap((ref) => (ref === null ? [] : (parseReference(ref) ?? [])));
  const wanted = normalizedReference(reference);
  if (own.some((each) => normalizedReference(each) === wanted)) return true;
  const digits = image.withHash ? /[0-9a-f]+$/.exec(reference.tag)?.[0] : undefined;
  if (digits?.length !== image.hashLength) return false;
  const hashed = registryReferenceOf(image, digits.padEnd(64, '0'));
  const parsed = hashed === null ? null : parseReference(hashed);
  return parsed !== null && normalizedReference(parsed) === wanted;
}
