import type { Diagnostic } from '../model/diagnostic.ts';
import type { Image } from '../model/manifest.ts';
import { dockerfileName, movingNamesOf, referencesOf } from '../model/naming.ts';
import { normalizedReference, parseReference } from '../model/reference.ts';
import { formatPlace, type Place } from '../model/source.ts';

/**
 * Two images with one reference, further tags included: which of them it names would depend on the
 * order of building. Tags with a hash are left out: the same tag means the same inputs.
 */
export function duplicateReferences(images: ReadonlyMap<string, Image>): Diagnostic[] {
  const owners = new Map<string, Image>();
  return [...images.values()].flatMap((image) => {
    const moving = movingNamesOf(image);
    const refs = [...(image.withHash ? [] : referencesOf(image, null)), ...moving];
    const taken = refs.find((ref) => owners.has(normalize(ref)));
    const owner = taken === undefined ? undefined : owners.get(normalize(taken));
    for (const ref of refs) if (!owners.has(normalize(ref))) owners.set(normalize(ref), image);
    if (taken === undefined || owner === undefined) return [];
    return [
      {
        severity: 'error' as const,
        code: 'duplicate-reference',
        message: `\`${image.key}\` and \`${owner.key}\` (${formatPlace(owner.place)}) have the same reference, ${taken}`,
        advice: moving.includes(taken)
          ? 'give one of them another `name`, or other `tags`'
          : 'give one of them another `name` or `version`, or both `with_hash`',
        place: image.place,
        image: image.key,
      },
    ];
  });
}

/** Two parents of one image, or a parent and a build context, that a Dockerfile calls the same. */
export function sharedParentNames(images: ReadonlyMap<string, Image>): Diagnostic[] {
  return [...images.values()].flatMap((image) => {
    const owners = new Map<string, string>();
    for (const name of image.build?.additionalContexts.keys() ?? []) {
      owners.set(normalize(name), `the additional context \`${name}\``);
    }
    const contexts = new Set(owners.keys());
    return (image.build?.parents ?? []).flatMap(({ key, place, foundIn }) => {
      const parent = images.get(key);
      if (parent === undefined) return [];
      const name = dockerfileName(parent);
      const owner = owners.get(normalize(name));
      // One that a Dockerfile names is asked for by a name that no context has.
      if (foundIn !== undefined && contexts.has(normalize(name))) return [];
      if (owner !== undefined) return [sharedName(image, { key, place, name, owner })];
      owners.set(normalize(name), `the parent \`${key}\``);
      return [];
    });
  });
}

function sharedName(
  image: Image,
  { key, place, name, owner }: { key: string; place: Place; name: string; owner: string },
): Diagnostic {
  return {
    severity: 'error',
    code: 'shared-parent-name',
    message: `a Dockerfile would call both the parent \`${key}\` and ${owner} \`${name}\``,
    advice: 'give one of them another name or version',
    place,
    image: image.key,
  };
}

/** Docker's full form of a name, in which `x`, `x:latest` and `docker.io/library/x` are one. */
function normalize(name: string): string {
  const reference = parseReference(name);
  return reference === null ? name : normalizedReference(reference);
}
