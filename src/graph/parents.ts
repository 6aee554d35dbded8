import type { Diagnostic } from '../model/diagnostic.ts';
import type { Image, ParentKey } from '../model/manifest.ts';
import { nearest } from '../model/nearest.ts';
import type { Parents } from './order.ts';

/** The parents of every image, those left out that do not exist or are the image itself. */
export function resolveParents(images: ReadonlyMap<string, Image>): {
  parents: Parents;
  diagnostics: Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const parents = new Map<string, string[]>();
  for (const image of images.values()) {
    const good = (image.build?.parents ?? []).filter((parent) => {
      const mistake = mistakeIn(parent, image, images);
      if (mistake !== null) diagnostics.push(mistake);
      return mistake === null;
    });
    parents.set(
      image.key,
      good.map(({ key }) => key),
    );
  }
  return { parents, diagnostics };
}

function mistakeIn(
  { key, place }: ParentKey,
  image: Image,
  images: ReadonlyMap<string, Image>,
): Diagnostic | null {
  const error = { severity: 'error', place, image: image.key } as const;
  if (key === image.key) {
    return {
      ...error,
      code: 'own-parent',
      message: `\`${key}\` cannot be its own parent`,
      advice: 'remove it here; if it comes from `defaults`, give this image a value of its own',
    };
  }
  if (images.has(key)) return null;
  const near = nearest(key, images.keys());
  return {
    ...error,
    code: 'unknown-parent',
    message: `no image is called \`${key}\``,
    advice:
      near === null
        ? `parents are keys of \`images\`; what is not one needs no mention here`
        : `did you mean \`${near}\`?`,
  };
}
