import type { Labels } from './image-labels.ts';

/** A tag of a repository of the manifest, and whether it is to be removed. */
export interface PrunedTag {
  /** Familiar reference. */
  readonly ref: string;
  /** The image's ID; in a registry the manifest's digest. */
  readonly id: string;
  /** Milliseconds since 1970, for images here of the time when one got a name last; null where it does not say. */
  readonly createdMs: number | null;
  /** Bytes, layers that it shares with others included; in a registry compressed. */
  readonly size: number;
  /** Null: it is to be removed. */
  readonly kept: KeptReason | null;
}

export type KeptReason =
  /** It is what would be built now. */
  | 'current'
  /** One of the newest that `--keep` asks for. */
  | 'newest'
  /** Younger than `--older-than`. */
  | 'young'
  /** A container has it. */
  | 'in-use'
  /** It was built for another platform than the current one. */
  | 'other-platform'
  /** In a registry: another tag, which is not stale, names its manifest or something that has it in it. */
  | 'tagged';

/** A tag in a registry and the manifest that it names. */
export interface RemoteTag {
  readonly tag: string;
  readonly digest: string;
  /** The digests of all manifests that it consists of. */
  readonly parts: readonly string[];
  /** None where they are not known, of an image of several platforms those of the first one. */
  readonly labels: Labels;
  /** Milliseconds since 1970; null where it does not say, or is not known. */
  readonly createdMs: number | null;
  /** Bytes, compressed. */
  readonly size: number;
}
