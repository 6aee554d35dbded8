import type { Diagnostic } from '../model/diagnostic.ts';
import type { Place } from '../model/source.ts';
import type { Text } from '../model/text.ts';

/**
 * What a YAML file says, each value with its place in it: aliases and merge keys are resolved,
 * nothing is interpreted yet.
 */
export type Tree = Scalar | List | Mapping;

export interface Scalar {
  readonly kind: 'scalar';
  readonly place: Place;
  /** What YAML takes it for, or the string in its place. */
  readonly value: string | number | boolean | null;
  /** As it is typed, quotes and escapes resolved: `3.10`, where `value` is 3.1. */
  readonly written: string;
  /** `written`, and once interpolated what became of it. */
  readonly text: Text;
  /** The `${images.KEY.ref}` in it. */
  readonly refs: readonly ImageRef[];
  readonly unset?: readonly Diagnostic[];
}

/** A use of `${images.KEY.ref}`. */
export interface ImageRef {
  readonly key: string;
  readonly place: Place;
}

interface List {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly Tree[];
  readonly unset?: readonly Diagnostic[];
}

interface Mapping {
  readonly kind: 'mapping';
  readonly place: Place;
  readonly entries: Entries;
  /** The mistakes in what is wanted later, if at all: variables in it that have no value. */
  readonly unset?: readonly Diagnostic[];
}

/** In the order of the file. */
export type Entries = ReadonlyMap<string, Entry>;

export interface Entry {
  readonly key: string;
  readonly keyPlace: Place;
  /** One of the images that a matrix has made of an entry. */
  readonly isOfMatrix?: true;
  readonly value: Tree;
}

const NO_ENTRIES: Entries = new Map();

/** The entries of a mapping; none for anything else. */
export function entriesOf(tree: Tree | undefined): Entries {
  return tree?.kind === 'mapping' ? tree.entries : NO_ENTRIES;
}

/** The items of a list; none for anything else. */
export function itemsOf(tree: Tree | undefined): readonly Tree[] {
  return tree?.kind === 'list' ? tree.items : [];
}

/** True where nothing is given: no entry, or a null. */
export function isNone(tree: Tree | undefined): boolean {
  return tree === undefined || (tree.kind === 'scalar' && tree.value === null);
}
