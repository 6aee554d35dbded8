import type { DockerfileReading } from '../dockerfile/read.ts';
import type { BuildStage } from '../dockerfile/stages.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Build, Image } from '../model/manifest.ts';
import type { ResolvedBuild } from '../model/resolved.ts';
import type { ImageNames } from './image-names.ts';

/** One image that is built here, and what is known of it. */
export interface Known {
  readonly image: Image;
  /** As the manifest has it, with the places of its keys. */
  readonly given: Build;
  readonly build: ResolvedBuild;
  readonly dockerfile: DockerfileReading;
  /** All images of the manifest. */
  readonly images: ReadonlyMap<string, Image>;
  readonly names: ImageNames;
}

/** The same as the checks look at it. */
export interface Subject extends Known {
  /** The stage that becomes the image. */
  readonly target: BuildStage;
  /** The stages that are built: what is in the others does nothing. */
  readonly stages: readonly BuildStage[];
}

/** The names of the checks: docs/warnings.md says what each is about. */
export type CheckName =
  | 'credential-argument'
  | 'fetch-without-interval'
  | 'misnamed-parent'
  | 'missing-source'
  | 'overwritten-heredoc'
  | 'own-base'
  | 'unhashed-content'
  | 'unknown-argument'
  | 'unknown-target'
  | 'unmatched-source'
  | 'unused-parent';

export interface Finding extends Diagnostic {
  readonly code: CheckName;
  readonly advice: string;
}

/** Looks for one kind of doubt. Pure. */
export type Check = (subject: Subject) => Finding[];

/** The arguments of a map of them, those without a value today included. */
export function argumentNames(given: Build, key: 'build_args' | 'unhashed_build_args'): string[] {
  const prefix = `${key}.`;
  return [...given.places.keys()].flatMap((name) =>
    name.startsWith(prefix) ? [name.slice(prefix.length)] : [],
  );
}
