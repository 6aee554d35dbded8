import picomatch from 'picomatch';
import { nearest } from '../model/nearest.ts';

/** Keys of images by the names that stand for them: a name of one image stands for itself. */
export interface ImageNames {
  readonly images: { has(key: string): boolean; keys(): Iterable<string> };
  /** The images of each entry that has a `matrix`. */
  readonly entries: ReadonlyMap<string, readonly string[]>;
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

/** A name that means no image. */
export interface UnknownName {
  readonly name: string;
  readonly isGlob: boolean;
  /** The name that was probably meant. */
  readonly near: string | null;
}

/**
 * The images that names mean, in the order of the names: keys of images and of entries, groups, globs of keys. `!name`
 * takes back what stands before it, or of all images where it comes first.
 */
export function chooseNamed(
  names: readonly string[],
  known: ImageNames,
): { readonly keys: ReadonlySet<string>; readonly unknown: readonly UnknownName[] } {
  const keys = new Set<string>(isTaking(names[0]) ? known.images.keys() : []);
  const unknown: UnknownName[] = [];
  for (const name of names) {
    const [taking, plain] = isTaking(name) ? [true, name.slice(1)] : [false, name];
    const found = imagesOf(plain, known);
    if (found === null) unknown.push(unknownName(plain, known));
    for (const key of found ?? []) {
      if (taking) keys.delete(key);
      else keys.add(key);
    }
  }
  return { keys, unknown };
}

/** `!(a|b)` is a glob. */
function isTaking(name: string | undefined): boolean {
  return name !== undefined && /^![^(]/.test(name);
}

function imagesOf(name: string, known: ImageNames): readonly string[] | null {
  if (known.images.has(name)) return [name];
  const several = known.entries.get(name) ?? known.groups.get(name);
  if (several !== undefined) return several;
  if (!picomatch.scan(name).isGlob) return null;
  const isMatch = picomatch(name, { dot: true });
  const entries = [...known.entries].flatMap(([key, keys]) => (isMatch(key) ? keys : []));
  const found = [...[...known.images.keys()].filter((key) => isMatch(key)), ...entries];
  return found.length === 0 ? null : found;
}

function unknownName(name: string, known: ImageNames): UnknownName {
  const isGlob = picomatch.scan(name).isGlob;
  return { name, isGlob, near: isGlob ? null : nearest(name, allNames(known)) };
}

/** Every name that means images. */
export function allNames({ images, entries, groups }: ImageNames): string[] {
  return [...images.keys(), ...entries.keys(), ...groups.keys()];
}
