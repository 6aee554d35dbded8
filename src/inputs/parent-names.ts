import { lookupName } from '../dockerfile/uses.ts';
import { namesHere } from '../model/homes.ts';
import type { Image } from '../model/manifest.ts';
import type { Meaning, ResolvedImage } from '../model/resolved.ts';
import { addOwner, lookupNamesOf } from './lookup-names.ts';

/** The images of a manifest by the names that are theirs, as docker looks names up. */
export type OwnedNames = ReadonlyMap<string, readonly Image[]>;

/** The names of all images; those with a hash in them are left out. */
export function ownedNames(images: Iterable<Image>): OwnedNames {
  const owned = new Map<string, Image[]>();
  for (const image of images) {
    for (const name of lookupNamesOf(image).fixed) addOwner(owned, name, image);
  }
  return owned;
}

/** All names that the parents of one image answer to. */
export class ParentNames {
  readonly #fixed = new Map<string, string[]>();
  readonly #bare = new Map<string, string[]>();
  readonly #owned: OwnedNames;
  readonly #self: string;

  constructor(self: Image, parents: readonly ResolvedImage[], owned: OwnedNames) {
    this.#self = self.key;
    this.#owned = owned;
    for (const parent of parents) {
      const { image } = parent;
      const { fixed, bare } = lookupNamesOf(image);
      const own = new Set([...fixed, ...namesHere(parent).map(lookupName)]);
      for (const name of own) addOwner(this.#fixed, name, image.key);
      for (const name of bare) addOwner(this.#bare, name, image.key);
    }
  }

  /** `name` as docker looks it up. A name of a parent's own goes before one without its tag. */
  meaningOf(name: string): Meaning {
    const parents = this.#fixed.get(name) ?? this.#bare.get(name);
    if (parents !== undefined) {
      const [key = '', ...more] = parents;
      return more.length === 0 ? { is: 'parent', key } : { is: 'shared', keys: parents };
    }
    const image = this.#owned.get(name)?.find(({ key }) => key !== this.#self);
    return image === undefined ? { is: 'outside' } : { is: 'undeclared', key: image.key };
  }

  /** The key of the one parent that the name means; null where it means none, or several. */
  parentCalled(name: string): string | null {
    const meaning = this.meaningOf(name);
    return meaning.is === 'parent' ? meaning.key : null;
  }

  /** True where the manifest has images beside this one, which a name could mean. */
  get hasOthers(): boolean {
    for (const images of this.#owned.values()) {
      if (images.some(({ key }) => key !== this.#self)) return true;
    }
    return false;
  }

  /** The names of the manifest's that no build of this image can be given an image for. */
  get unbound(): string[] {
    return [...this.#owned.keys()].filter((name) =>
      ['undeclared', 'shared'].includes(this.meaningOf(name).is),
    );
  }

  /** Every name by which a build can be given the parent. */
  namesOf(key: string): string[] {
    const names = new Set([...this.#fixed.keys(), ...this.#bare.keys()]);
    return [...names].filter((name) => {
      const meaning = this.meaningOf(name);
      return meaning.is === 'parent' && meaning.key === key;
    });
  }
}
