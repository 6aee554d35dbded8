import type { Registry } from '../model/manifest.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import type { Staging, StagingFailure } from '../model/staging.ts';

/** Lays out what a build may see, outside the user's tree. */
export interface Stager {
  stage(image: ResolvedImage): Promise<Staging | StagingFailure>;
}

/** Remembers, across runs, images that are here and could not be pushed. */
export interface PendingPushes {
  /** True where a push of this very image is owed. */
  owes(registryRef: string, imageId: string): Promise<boolean>;
  /** Written before the image gets its name, and before a push, so that it is known if we are killed. */
  owe(registryRef: string, imageId: string): Promise<void>;
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

/** Gives a registry's password. */
export interface Passwords {
  /** The password, or in one line why it cannot be had. Null where the registry has no credentials. */
  of(
    registry: Registry,
  ): Promise<
    { readonly value: string } | { readonly problem: string; readonly advice?: string } | null
  >;
}
