import type { Image } from '../model/manifest.ts';
import { addOwner, lookupNamesOf } from './lookup-names.ts';

/** Which images of a manifest the names in a Dockerfile mean. */
export class NamedImages {
  readonly #fixed = new Map<string, Image[]>();
  readonly #bare = new Map<string, Image[]>();

  constructor(images: Iterable<Image>) {
    for (const image of images) {
      const { fixed, bare } = lookupNamesOf(image);
      for (const name of fixed) addOwner(this.#fixed, name, image);
      for (const name of bare) addOwner(this.#bare, name, image);
    }
  }

  /**
   * The images that a name, as docker looks it up, means in the Dockerfile of `self`: several where they all have
   * it; none where it is a name of its own, or no image's. A name without a tag means the one image that has it, or
   * the listed parents that do; `isStage`: it is the name of a stage too, which then wins.
   */
  meantBy(
    name: string,
    { self, listed, isStage }: { self: Image; listed: ReadonlySet<string>; isStage: boolean },
  ): readonly Image[] {
    const owners = this.#fixed.get(name) ?? [];
    if (owners.includes(self)) return [];
    if (owners.length > 0) {
      const given = owners.filter(({ key }) => listed.has(key));
      return given.length === 1 ? given : owners;
    }
    const sharers = this.#bare.get(name) ?? [];
    const given = sharers.filter(({ key }) => listed.has(key));
    if (given.length > 0) return given;
    return sharers.length > 1 || sharers.includes(self) || isStage ? [] : sharers;
  }
}
