import type { ParentUse } from '../model/resolved.ts';
import type { Style } from './text.ts';

/** An image and what it is built on. */
export interface GraphImage {
  readonly key: string;
  readonly ref: string;
  /** Is it on this machine? Null where that was not asked. */
  readonly isPresent: boolean | null;
  readonly parents: readonly GraphParent[];
}

export interface GraphParent {
  readonly key: string;
  /** The first instruction that takes it; null where none is known to. */
  readonly use: Omit<ParentUse, 'parent'> | null;
}

export interface GraphOptions {
  readonly style: Style;
  /** Say at each arrow which line of a Dockerfile is behind it. */
  readonly why: boolean;
  /** The image whose dependents the tree shows; null: each image with its parents below it. */
  readonly dependentsOf: string | null;
}
