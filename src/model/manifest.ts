import type { BuildOptions } from './build-options.ts';
import type { Home, Registry, RemotePolicy } from './registry.ts';
import type { Place } from './source.ts';
import type { Text } from './text.ts';
import type { TrackedFiles } from './tracked.ts';

/** A checked `ensure.yaml`: defaults applied, strings interpolated, paths absolute. */
export interface Manifest {
  /** Absolute path of the file. */
  readonly path: string;
  /** Absolute path of the folder that holds it. */
  readonly folder: string;
  /** Absolute paths of this manifest and of those that it includes. */
  readonly files: readonly string[];
  /** Absolute paths of the folders in which globs of `include` look for manifests. */
  readonly includeFolders: readonly string[];
  /** Absolute paths of the files whose text is a part of it. */
  readonly texts: readonly string[];
  /** What git said that is a part of it: differs where git would say something else. */
  readonly git: readonly string[];
  readonly registries: ReadonlyMap<string, Registry>;
  /** In the order of the file. */
  readonly images: ReadonlyMap<string, Image>;
  /** By the keys of entries that are many images, the keys of those. */
  readonly entries: ReadonlyMap<string, readonly string[]>;
  /** By the names of groups, the keys of the images in them. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Values that must never be shown: passwords, unhashed build arguments. */
  readonly secrets: readonly string[];
}

/** Where an image must end up. */
export const REQUIRES = ['local', 'registry', 'both'] as const;
export type Require = (typeof REQUIRES)[number];

/** One entry of `images`. */
export interface Image {
  readonly key: string;
  /** The key in the manifest: where mistakes that concern the image as a whole are shown. */
  readonly place: Place;
  /** Absolute path of the folder of the manifest that it stands in; relative paths start here. */
  readonly folder: string;
  /** Repository name. */
  readonly name: string;
  readonly version: string | null;
  readonly withHash: boolean;
  /** Hex digits of the hash in the tag, 4 to 64. */
  readonly hashLength: number;
  readonly forceBuild: boolean;
  /** In the order of the manifest, which is that in which they are asked; each names the image otherwise. */
  readonly homes: readonly Home[];
  readonly prependServer: boolean;
  /** What holds for a registry that says nothing else, and for an image without any. */
  readonly remotePolicy: RemotePolicy;
  readonly require: Require;
  /** What to do where the registry cannot say whether it has the image. */
  readonly onRegistryError: 'fail' | 'build';
  /** Further tags, without duplicates: set and pushed once every image of a run succeeded. */
  readonly tags: readonly string[];
  /** The names of checks whose findings are not shown: docs/warnings.md. */
  readonly skipChecks: ReadonlySet<string>;
  /** What must succeed before it is published, in this order; none for an image that is not built here. */
  readonly tests: readonly ImageTest[];
  /** Null: the image is not built here, it must be present or pullable. */
  readonly build: Build | null;
}

/** A command that must succeed in a container of an image: `images.KEY.test`. */
export interface ImageTest {
  /** At least one word. */
  readonly command: readonly string[];
  /** Null: the image's own. */
  readonly entrypoint: readonly string[] | null;
  readonly env: ReadonlyMap<string, string>;
  readonly mounts: readonly TestMount[];
  /** In docker's words. */
  readonly network: string;
  readonly timeoutMs: number;
  /** The command is an input of the image. */
  readonly hashed: boolean;
  /** Some of its `env` has values that the manifest does not hold. */
  readonly isGivenFromOutside: boolean;
}

/** What a test sees of this machine, and cannot write to. */
interface TestMount {
  /** Absolute, on this machine. */
  readonly source: string;
  /** Absolute, in the container. */
  readonly target: string;
}

export const DEFAULT_TEST_TIMEOUT_MS = 5 * 60 * 1000;

/** How an image is built: `images.KEY.build`. */
export interface Build extends BuildOptions<Text> {
  /** The build context, absolute. */
  readonly directory: string;
  readonly dockerfile: DockerfileSource;
  readonly files: FilePolicy;
  /**
   * Keys of other images, without duplicates: those that are listed, those of `${images.KEY.ref}`, and, once the
   * Dockerfiles were read, those that the Dockerfile names.
   */
  readonly parents: readonly ParentKey[];
  readonly metadata: Text | ReadonlyMap<string, Text> | null;
  readonly interval: Interval | null;
  readonly cache: BuildCache | null;
  /** As written; null: the platform of the command line or of this machine. */
  readonly platforms: readonly Text[] | null;
  readonly additionalContexts: ReadonlyMap<string, Text>;
  /** Which files of those the build can see that are folders: what is copied, where it is not given. */
  readonly contextFiles: ReadonlyMap<string, FilePolicy>;
  /** Where each given key of `build` stands, by its name; as `build_args.NAME` those of its maps. */
  readonly places: ReadonlyMap<string, Place>;
}

/** Where the steps of a build are kept for other machines: `images.KEY.build.cache`. */
export type BuildCache =
  /** In the image itself. */
  | { readonly kind: 'inline' }
  | {
      readonly kind: 'registry';
      /** The reference that they are kept under; null: one beside the image. */
      readonly ref: string | null;
      /** The steps of all stages, or only those that the image has. */
      readonly mode: CacheMode;
    };

export const CACHE_MODES = ['max', 'min'] as const;
type CacheMode = (typeof CACHE_MODES)[number];

export type DockerfileSource =
  | { readonly kind: 'file' /** Absolute. */; readonly path: string; readonly place?: Place }
  | { readonly kind: 'inline'; readonly text: Text };

/** An image that another one is built on. */
export interface ParentKey {
  readonly key: string;
  /** Where it is listed, or where a Dockerfile names it. */
  readonly place: Place;
  /** The instruction that names it, such as `FROM`; absent for one that the manifest lists. */
  readonly foundIn?: string;
}

/** Which files of the build context the build can see, and so which are hashed. */
export type FilePolicy =
  /** What the instructions of the Dockerfile can take, less what the ignore file excludes. */
  ({ readonly kind: 'copied' } | WholePolicy) & {
    /** Of those only what git tracks: where the manifest says so. */
    readonly tracked?: Place;
  };

/** Policies that need not know the Dockerfile. */
type WholePolicy =
  /** What `docker build` of old would send: all, less what the ignore file excludes. */
  | { readonly kind: 'context' }
  | { readonly kind: 'all' }
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'patterns';
      readonly only: readonly FilePattern[] | null;
      readonly allBut: readonly FilePattern[] | null;
    };

/** The same once it is known what the Dockerfile takes, and what git tracks. */
export type SelectionPolicy = (
  | { readonly kind: 'copied'; readonly sources: readonly CopiedSource[] }
  | WholePolicy
) & { readonly tracked?: TrackedFiles };

/** A source of a COPY, an ADD or a bind mount, as it is looked for in a build context. */
export interface CopiedSource {
  /** Relative, without `.`, `..` and empty parts; never empty. */
  readonly path: string;
  /**
   * How its parts are read: as they are; by Go's globs; by those of `--parents`, which have `**`; or so
   * that nobody can tell from the first wildcard on, and all there is taken.
   */
  readonly reads: 'path' | 'glob' | 'parents' | 'doubtful';
  /** The instruction that has it. */
  readonly by?: Origin;
}

/** What lets files in. */
export interface Origin {
  /** Such as `COPY src`. */
  readonly what: string;
  /** In a Dockerfile or the manifest. */
  readonly place: Place | null;
}

export interface FilePattern {
  readonly text: string;
  readonly place: Place;
}

/** Where intervals begin that do not say it. Milliseconds since 1970. */
export const DEFAULT_OFFSET = Date.UTC(2000, 0, 1);

/** A clock that turns over every `seconds` since `offset`. */
export interface Interval {
  readonly seconds: number;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly offset: number;
}
