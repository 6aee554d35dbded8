import type { Diagnostic } from '../model/diagnostic.ts';
import type { Image } from '../model/manifest.ts';
import { bareNamesOf, cacheReferenceOf, tagOf } from '../model/naming.ts';
import { normalizedReference, parseReference, type Reference } from '../model/reference.ts';
import { formatPlace } from '../model/source.ts';

/**
 * Caches under references that images of the manifest have, or would have with another hash, and two caches under one:
 * the one would overwrite the other.
 */
export function cachesOfImages(images: ReadonlyMap<string, Image>): Diagnostic[] {
  const all = [...images.values()].filter(({ build }) => build?.cache?.kind === 'registry');
  if (all.length === 0) return [];
  const repositories = byRepository(images.values());
  const owners = new Map<string, Image>();
  return all.flatMap((image) => {
    const ref = cacheReferenceOf(image, image.build?.cache ?? null);
    const reference = ref === null ? null : parseReference(ref);
    if (ref === null || reference === null) return [];
    const named = repositories
      .get(repositoryOf(reference))
      ?.find((each) => mayHave(each, reference.tag));
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

/** The images of each repository, by its name in full, here or in a registry. */
function byRepository(images: Iterable<Image>): ReadonlyMap<string, readonly Image[]> {
  const found = new Map<string, Image[]>();
  for (const image of images) {
    const names = bareNamesOf(image).flatMap((name) => parseReference(name) ?? []);
    for (const name of new Set(names.map(repositoryOf)))
      found.set(name, [...(found.get(name) ?? []), image]);
  }
  return found;
}

function repositoryOf({ server, repository }: Reference): string {
  return `${server}/${repository}`;
}

/** Whether an image may have a tag in its repository: one of another hash would be its own, too. */
function mayHave(image: Image, tag: string): boolean {
  const digits = image.withHash ? (/[0-9a-f]+$/.exec(tag)?.[0] ?? '') : '';
  const hash = digits.length === image.hashLength ? digits.padEnd(64, '0') : null;
  const isNamed = !image.withHash || hash !== null;
  return (isNamed && (tagOf(image, hash) ?? 'latest') === tag) || image.tags.includes(tag);
}
