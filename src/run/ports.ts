import type { Image, ImageTest } from '../model/manifest.ts';
import type { Registry } from '../model/registry.ts';
import type { ResolvedBuild, ResolvedImage } from '../model/resolved.ts';
import type { Staging, StagingFailure } from '../model/staging.ts';

/** Lays out what a build may see, outside the user's tree. */
export interface Stager {
  stage(image: ResolvedImage): Promise<Staging | StagingFailure>;
  /** What is no longer as it was hashed, in a few words that name the file; null if all is. */
  moved(image: ResolvedImage): Promise<string | null>;
}

/** Remembers, across runs, images that are here and could not be pushed. */
export interface PendingPushes {
  /** True where a push of this image is owed: the hash that it was built from or, without a label, its ID. */
  owes(registryRef: string, hash: string): Promise<boolean>;
  /** Written before a build names the image, and before a push, so that it is known if we are killed. */
  owe(registryRef: string, hash: string): Promise<void>;
  settle(registryRef: string): Promise<void>;
}

/**
 * Remembers which inputs an image on this machine was built from. Image IDs are content addresses:
 * an ID once inspected need not be inspected again.
 */
export interface LabelMemory {
  recall(imageId: string): Promise<string | null | undefined>;
  remember(imageId: string, hash: string | null): Promise<void>;
}

/** Remembers which tests images on this machine have passed, by image ID: that is a content address. */
export interface PassedTests {
  has(imageId: string, test: ImageTest): Promise<boolean>;
  remember(imageId: string, test: ImageTest): Promise<void>;
}

/** Keeps, across runs, what was built here: for people who ask why an image is built anew. */
export interface Archive {
  /** An image was built. */
  keep(image: ResolvedImage, build: ResolvedBuild): Promise<void>;
  /** The last build of an image of that name and version; null where none is known. */
  lastOf(image: Image): Promise<LastBuild | null>;
  /** A Dockerfile, a file list or an inputs document by its SHA-256; null where it is not known. */
  textOf(hash: string): Promise<string | null>;
}

export interface LastBuild {
  readonly hash: string;
  readonly ref: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Says what has changed since an image was built here last. */
export interface Changes {
  /** In a few words; null where nothing is known. `images`: it and all that it is built on. */
  sinceLastBuild(
    image: ResolvedImage,
    images: ReadonlyMap<string, ResolvedImage>,
  ): Promise<string | null>;
}

/** Gives a registry's password. */
export interface Passwords {
  /** The password, or in one line why it cannot be had. Null where the registry has no credentials. */
  of(
    registry: Registry,
  ): Promise<
    { readonly value: string } | { readonly problem: string; readonly advice?: string } | null
  >;
}
