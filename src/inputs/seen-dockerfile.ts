import type { DockerfileReading } from '../dockerfile/read.ts';
import type { BuildOptions } from '../model/build-options.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Dockerfile } from '../model/resolved.ts';

/** A build as its Dockerfile and options have it, every string final. */
export interface WrittenBuild {
  readonly file: Dockerfile;
  readonly dockerfile: DockerfileReading;
  readonly options: BuildOptions<string>;
  readonly platforms: readonly string[];
}

/** The Dockerfile; null for an inline one, or where it cannot be read. */
export interface DockerfileOf {
  readonly read: Dockerfile | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** A Dockerfile that was read for the parents that it names. */
export interface SeenDockerfile extends DockerfileOf {
  /** Null where it cannot be read, or where a reference that is known later is a part of its build. */
  readonly written: WrittenBuild | null;
}
