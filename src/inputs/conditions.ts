import type { KnownHashes } from '../files/known-hashes.ts';
import type { OwnFiles } from '../files/own-files.ts';
import type { SeenDockerfile } from './seen-dockerfile.ts';
import type { Tracking } from './tracked.ts';

/** What hashes depend on besides the manifest and its files. */
export interface Conditions {
  /** Milliseconds since 1970: one clock for all intervals. */
  readonly now: number;
  /** The platform of images that name none, normalised. */
  readonly platform: string;
  /** The platform of this machine, which `linux` or `local` alone mean; else the same as `platform`. */
  readonly machine?: string;
  /** What is no input, because it is docker-ensure's own. */
  readonly own?: OwnFiles;
  /** Tells what git tracks, for the images that ask for it. */
  readonly tracking?: Tracking;
  /** What files held when they were last read; hashes never depend on it. */
  readonly hashes?: KnownHashes;
  /** By image; whoever resolves one takes its Dockerfile out, and whoever does so again reads it. */
  readonly dockerfiles?: Map<string, SeenDockerfile>;
}
