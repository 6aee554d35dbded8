import { lookupName } from '../dockerfile/uses.ts';
import type { Image } from '../model/manifest.ts';
import { bareNamesOf } from '../model/naming.ts';

/**
 * The images of a manifest by what people write who forget a version, or that the key is not the name.
 * Names that are an image's own need no guess: a build is given it, or the name is a mistake.
 */
export class ImageNames {
  readonly #loose = new Map<string, Image[]>();

  constructor(images: Iterable<Image>) {
    for (const image of images) {
      const names = [...bareNamesOf(image), image.key].map(lookupName);
      for (const name of new Set(names)) add(this.#loose, name, image);
    }
  }

  /** The image, other than the one that asks, that a name as docker looks it up is likely to mean. */
  meantBy(name: string, asking: Image): Image | null {
    return this.#loose.get(name)?.find(({ key }) => key !== asking.key) ?? null;
  }
}

function add(names: Map<string, Image[]>, name: string, image: Image): void {
  const sharers = names.get(name);
  if (sharers === undefined) names.set(name, [image]);
  else sharers.push(image);
}
