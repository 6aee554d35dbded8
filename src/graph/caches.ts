import type { Diagnostic } from '../model/diagnostic.ts';
import type { Image } from '../model/manifest.ts';
import {
  cacheReferenceOf,
  movingReferencesOf,
  referenceOf,
  registryReferencesOf,
} from '../model/naming.ts';
import { normalizedReference, parseReference, type Reference } from '../model/reference.ts';
import { formatPlace } from '../model/source.ts';

/**
 * Caches under references that images of the manifest have, or would have with another hash, and two caches under one:
 * the one would overwrite the other.
 */
export function cachesOfImages(images: ReadonlyMap<string, Image>): Diagnostic[] {
  const all = [...images.values()];
  const owners = new Map<string, Image>();
  return all.flatMap((image) => {
    const ref = cacheReferenceOf(image, image.build?.cache ?? null);
    const reference = ref === null ? null : parseReference(ref);
    if (ref === null || reference === null) return [];
    const named = all.find((each) => names(each, reference));
    const other = owners.get(normalizedReference(reference));
    owners.set(normalizedReference(reference), other ?? image);
    if (named !== undefined)
      return mistake(image, {
        code: 'cache-names-image',
        message: `the cache of \`${image.key}\` would be ${ref}, which ${shown(named)} is called`,
      });
    if (other === undefined) return [];
    const message = `\`${image.key}\` and ${shown(other)} have the same reference for their caches, ${ref}`;
    return mistake(image, { code: 'duplicate-reference', message });
  });
}

function shown({ key, place }: Image): string {
  return `\`${key}\` (${formatPlace(place)})`;
}

function mistake(image: Image, { code, message }: Pick<Diagnostic, 'code' | 'message'>) {
  return [
    {
      ...{ severity: 'error' as const, code, message },
      advice: 'name another reference: `cache: { ref: … }`',
      place: image.build?.places.get('cache') ?? image.place,
      image: image.key,
    },
  ];
}

/** Whether an image may have a reference, here or in its registry: one of another hash would be its own, too. */
function names(image: Image, reference: Reference): boolean {
  const wanted = normalizedReference(reference);
  const digits = image.withHash ? /[0-9a-f]+$/.exec(reference.tag)?.[0] : '';
  const isFixed = !image.withHash;
  const hash = digits?.length === image.hashLength ? digits.padEnd(64, '0') : null;
  const own =
    isFixed || hash !== null
      ? [referenceOf(image, hash), ...registryReferencesOf(image, hash)]
      : [];
  const moving = movingReferencesOf(image).flatMap(({ ref, registryRefs }) => [
    ref,
    ...registryRefs,
  ]);
  return [...own, ...moving].some((ref) => {
    const parsed = parseReference(ref);
    return parsed !== null && normalizedReference(parsed) === wanted;
  });
}
