import type { Failure, RegistryError } from './failure.ts';
import type { Require } from './manifest.ts';
import type { ResolvedHome } from './resolved.ts';

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
  /** The registry's name that it is here by only, as after a `docker pull` by hand; null: it has its own. */
  readonly otherName: string | null;
  /** The input hash that an image which is here says it was built from; null without a label. */
  readonly builtFrom: string | null;
  /** What its registries answered, by the references that they have it by; those that nobody had to ask are absent. */
  readonly answers: ReadonlyMap<string, HomeAnswer>;
  /** The references of registries that it is not in, though it is here, because an earlier run failed to push it. */
  readonly owedTo: ReadonlySet<string>;
  /** Was it built here, and have its tests, or those of an image that it is built on, not passed since? */
  readonly untested: boolean;
  /** The child that must be built on it, so that it must be here whatever `require` says. */
  readonly neededFor: string | null;
  /** Did another run on this machine make it ready, while this one was about to? */
  readonly meanwhile: boolean;
}

/** What one of an image's registries answered. */
interface HomeAnswer {
  readonly answer: RegistryAnswer;
  /** Has docker a login there? */
  readonly loggedIn: boolean;
}

/** An image on its way to a registry. */
export interface Delivery {
  readonly to: ResolvedHome;
  /** The registry that it is copied from, over there; null: it is pushed from here. */
  readonly from: ResolvedHome | null;
}

/** The decision for one image, with the reason in one line. */
export type Decision =
  | {
      readonly action: 'none';
      /** First its tests, and those of the images that it is built on, must pass. */
      readonly test: boolean;
      readonly push: readonly Delivery[];
      readonly reason: string;
    }
  /** A registry must say first whether it has it. */
  | { readonly action: 'probe'; readonly home: ResolvedHome; readonly reason: string }
  | {
      readonly action: 'pull';
      readonly home: ResolvedHome;
      readonly push: readonly Delivery[];
      readonly reason: string;
    }
  | {
      readonly action: 'build';
      readonly test: boolean;
      readonly push: readonly Delivery[];
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
  /** The name that its main registry has it by: the first that it is pushed to, else the first. */
  readonly registryRef: string | null;
  readonly registries: readonly RegistryPart[];
  readonly hash: string | null;
  readonly action: Action;
  /** Whether its own tests are run, before it is pushed. */
  readonly test: boolean;
  /** Whether it comes to a registry: by a push, or by a copy from another one. */
  readonly push: boolean;
  /** The references of the further tags that it is given, its registries' names of them. */
  readonly tag: readonly string[];
  readonly reason: string;
  /** Null in a plan. */
  readonly outcome: Outcome | null;
  readonly durationMs: number;
  readonly failure: Failure | null;
}

/** The part that one registry has in an image. */
export interface RegistryPart {
  /** Its key in the manifest. */
  readonly registry: string;
  readonly ref: string;
  readonly action: 'none' | 'pull' | 'push' | 'copy';
}

/** Is there anything to do for the image, or was there? */
export function isWork({ action, test, push, tag }: ImageResult): boolean {
  return action !== 'none' || test || push || tag.length > 0;
}
