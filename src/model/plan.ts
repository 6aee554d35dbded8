import type { Failure, RegistryFault } from './failure.ts';

/** What will be done for one image. */
type Action = 'none' | 'pull' | 'build';

/** What a registry says of a reference. "Could not tell" is never taken for "not there". */
export type RegistryAnswer =
  | { readonly is: 'present' }
  | { readonly is: 'absent' }
  | { readonly is: 'unknown'; readonly fault: RegistryFault; readonly message: string };

/** What is known of an image when it is decided what to do. */
export interface Facts {
  /** Is it on this machine? */
  readonly local: boolean;
  /** What its registry answered; `unasked` as long as nobody had to ask. */
  readonly registry: RegistryAnswer | { readonly is: 'unasked' };
  /** Is it here, but not in the registry, because an earlier run failed to push it? */
  readonly owed: boolean;
  /** Set where the image that is here was built from other inputs than a child's hash names. */
  readonly staleFor: string | null;
}

/** The decision for one image, with the reason in one line. */
export type Decision =
  | { readonly action: 'none'; readonly push: boolean; readonly reason: string }
  | { readonly action: 'pull'; readonly ref: string; readonly reason: string }
  | { readonly action: 'build'; readonly push: boolean; readonly reason: string }
  | { readonly action: 'fail'; readonly failure: Failure };

/** The limits that the command line puts on a run. */
export interface RunPolicy {
  /** Images to build whatever is there. */
  readonly force: ReadonlySet<string>;
  readonly pull: boolean;
  readonly build: boolean;
  readonly push: boolean;
}

/** What became of one image. */
type Outcome = 'done' | 'failed' | 'skipped';

/** One image of a plan, or of a finished run. */
export interface ImageResult {
  readonly image: string;
  readonly ref: string;
  readonly registryRef: string | null;
  readonly hash: string | null;
  readonly action: Action;
  readonly push: boolean;
  readonly reason: string;
  /** Null in a plan. */
  readonly outcome: Outcome | null;
  readonly durationMs: number;
  readonly failure: Failure | null;
}
