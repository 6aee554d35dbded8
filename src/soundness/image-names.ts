import { lookupName } from '../dockerfile/read.ts';
import type { Image } from '../model/manifest.ts';
import { dockerfileName, registryReferenceOf } from '../model/naming.ts';

/** The images of a manifest by all that a Dockerfile may call them. */
export class ImageNames {
  readonly #full = new Map<string, Image[]>();
  /** Without a version, or by the key: what people write who forget that there is one. */
  readonly #loose = new Map<string, Image[]>();

  constructor(images: Iterable<Image>) {
    for (const image of images) {
      const full = [dockerfileName(image), registryReferenceOf(image, null) ?? []].flat();
      for (const name of new Set(full.map(lookupName))) add(this.#full, name, image);
      for (const name of new Set([image.name, image.key])) add(this.#loose, name, image);
    }
  }

  /** The image, other than the one that asks, that a name as docker looks it up is likely to mean. */
  meantBy(name: string, asking: Image): Image | null {
    const isOther = ({ key }: Image) => key !== asking.key;
    const found = this.#full.get(name)?.find(isOther) ?? this.#loose.get(name)?.find(isOther);
    return found ?? null;
  }
}

function add(names: Map<string, Image[]>, name: string, image: Image): void {
  const sharers = names.get(name);
  if (sharers === undefined) names.set(name, [image]);
  else sharers.push(image);
}
