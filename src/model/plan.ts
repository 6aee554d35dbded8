import type { Failure, RegistryError } from './failure.ts';
import type { Require } from './manifest.ts';

/** What will be done for one image. */
type Action = 'none' | 'pull' | 'build';

/** What a registry says of a reference. "Could not tell" is never taken for "not there". */
export type RegistryAnswer =
  | {
      readonly is: 'present';
      /** The input hash that it says it was built from; null without a label. Absent: not asked. */
      readonly hash?: string | null;
    }
  | { readonly is: 'absent' }
  | ({ readonly is: 'unknown' } & RegistryError);

/** The same with what the registry says of an image that it has. */
export type ProbeAnswer = Exclude<RegistryAnswer, { is: 'present' }> | FoundInRegistry;

export interface FoundInRegistry {
  readonly is: 'present';
  /** OCI's: `sha256:…` of the image manifest, or of the index. */
  readonly digest: string;
  /** The input hash that it says it was built from; null without a label. */
  readonly hash: string | null;
}

/** What is known of an image when it is decided what to do. */
export interface Facts {
  /** Is it on this machine? */
  readonly local: boolean;
  /** Is it here under its registry's name only, as after a `docker pull` by hand? */
  readonly unnamed: boolean;
  /** The input hash that an image which is here says it was built from; null without a label. */
  readonly builtFrom: string | null;
  /** What its registry answered; `unasked` as long as nobody had to ask. */
  readonly registry: RegistryAnswer | { readonly is: 'unasked' };
  /** Is it here, but not in the registry, because an earlier run failed to push it? */
  readonly owed: boolean;
  /** Was it built here, and have its tests, or those of an image that it is built on, not passed since? */
  readonly untested: boolean;
  /** The child that must be built on it, so that it must be here whatever `require` says. */
  readonly neededFor: string | null;
  /** Has docker a login at its registry? Known once that was asked something. */
  readonly loggedIn: boolean;
  /** Did another run on this machine make it ready, while this one was about to? */
  readonly meanwhile: boolean;
}

/** The decision for one image, with the reason in one line. */
export type Decision =
  | {
      readonly action: 'none';
      /** First its tests, and those of the images that it is built on, must pass. */
      readonly test: boolean;
      readonly push: boolean;
      readonly reason: string;
    }
  /** The registry must say first whether it has it. */
  | { readonly action: 'probe'; readonly ref: string; readonly reason: string }
  | { readonly action: 'pull'; readonly ref: string; readonly reason: string }
  | {
      readonly action: 'build';
      readonly test: boolean;
      readonly push: boolean;
      readonly reason: string;
    }
  | { readonly action: 'fail'; readonly failure: Failure };

/** The limits that the command line puts on a run. */
export interface RunPolicy {
  /** Images to build whatever is there. */
  readonly force: ReadonlySet<string>;
  readonly pull: boolean;
  readonly build: boolean;
  readonly push: boolean;
  /** False: no tests, and nothing is published. */
  readonly test: boolean;
  /** No registry is to be asked anything. */
  readonly offline: boolean;
  /** Further tags are moved to all images, whether this run publishes them or not. */
  readonly tagAll: boolean;
  /** Overrules what the images say of it; null: they decide. */
  readonly require: Require | null;
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
  /** Whether its own tests are run, before it is pushed. */
  readonly test: boolean;
  readonly push: boolean;
  /** The references of the further tags that it is given, its registry's names of them. */
  readonly tag: readonly string[];
  readonly reason: string;
  /** Null in a plan. */
  readonly outcome: Outcome | null;
  readonly durationMs: number;
  readonly failure: Failure | null;
}

/** Is there anything to do for the image, or was there? */
export function isWork({ action, test, push, tag }: ImageResult): boolean {
  return action !== 'none' || test || push || tag.length > 0;
}
