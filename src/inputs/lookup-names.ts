import { lookupName } from '../dockerfile/uses.ts';
import type { Image } from '../model/manifest.ts';
import { bareNamesOf, fixedNamesOf } from '../model/naming.ts';

/** The names of an image as docker looks names up, each once. */
export interface LookupNames {
  /** Those that can mean no other image; hashes are left out. */
  readonly fixed: ReadonlySet<string>;
  /** Those without a tag, which images can share. */
  readonly bare: ReadonlySet<string>;
}

/** Every image that is built on it asks for them. */
const known = new WeakMap<Image, LookupNames>();

/** The names of an image, worked out once a run. */
export function lookupNamesOf(image: Image): LookupNames {
  const names = known.get(image) ?? {
    fixed: new Set(fixedNamesOf(image).map(lookupName)),
    bare: new Set(bareNamesOf(image).map(lookupName)),
  };
  known.set(image, names);
  return names;
}

/** Adds one of those that a name belongs to. */
export function addOwner<T>(owners: Map<string, T[]>, name: string, owner: T): void {
  const others = owners.get(name);
  if (others === undefined) owners.set(name, [owner]);
  else others.push(owner);
}
