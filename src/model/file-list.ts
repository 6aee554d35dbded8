import type { SelectionPolicy } from './manifest.ts';
import type { Place } from './source.ts';

/**
 * One selected file of a build context, in the words of the file list document:
 * `f` a regular file, `x` one that its owner may execute, `l` a symbolic link (never followed).
 */
export type FileEntry =
  | { readonly kind: 'f' | 'x' /** SHA-256, hex. */; readonly sha256: string }
  | { readonly kind: 'l'; readonly target: string };

/** The files that a build sees, and their fingerprint. */
export interface FileList {
  /** By path relative to the build directory, `/` between its parts. */
  readonly entries: ReadonlyMap<string, FileEntry>;
  /** The file list document: canonical JSON (RFC 8785), no newline at its end. */
  readonly document: string;
  /** SHA-256 of the document, hex. */
  readonly hash: string;
}

/** A file or symbolic link that a build sees, as it was when it was looked at. */
export type SelectedFile = {
  /** Relative to the build directory, `/` between its parts. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly identity: Identity;
} & (
  | {
      readonly kind: 'f' | 'x';
      /** When anything of it was changed last, in milliseconds since 1970, as the system has it. */
      readonly ctimeMs?: number;
    }
  | { readonly kind: 'l' /** As it is written in the link. */; readonly target: string }
);

/** What changes when a path gets another file, or the file other bytes. */
export interface Identity {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

/** A folder that a build sees: which of its files, and what they were when they were hashed. */
export interface ContextFiles {
  /** Absolute. */
  readonly directory: string;
  readonly selected: readonly SelectedFile[];
  /** Files of docker-ensure's own, such as the manifest, that would else be among them: paths. */
  readonly leftOut?: readonly string[];
  readonly list: FileList;
  /** What selected them. */
  readonly policy?: SelectionPolicy;
  /** Why the whole context was taken, where not all of it is known to be copied. */
  readonly whole?: WholeReason;
  /** Names beside sources that are not there: one may be meant. */
  readonly near?: readonly string[];
}

/** Why a context is taken as a whole though only what is copied was to be. */
export interface WholeReason {
  readonly message: string;
  /** The instruction. */
  readonly place: Place | null;
}
