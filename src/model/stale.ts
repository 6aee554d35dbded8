/** A tag of a repository of the manifest, and whether it is to be removed. */
export interface PrunedTag {
  /** Familiar reference. */
  readonly ref: string;
  /** The image's ID. */
  readonly id: string;
  /** Milliseconds since 1970; null where the image does not say. */
  readonly createdMs: number | null;
  /** Bytes, layers that it shares with others included. */
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
  | 'other-platform';
