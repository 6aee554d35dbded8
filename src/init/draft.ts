/** What `init` has found in a project, before anything is made of it. Paths are relative to the project, with `/`. */
export interface FoundProject {
  /** The name of the project's folder. */
  readonly name: string;
  readonly dockerfiles: readonly { readonly path: string; readonly text: string }[];
  readonly composeFiles: readonly { readonly path: string; readonly content: unknown }[];
  /** What `docker buildx bake --print` says of each bake file. */
  readonly bakeFiles: readonly { readonly path: string; readonly content: unknown }[];
  /** Whether there is a file or a folder. */
  readonly has: (path: string) => boolean;
  /** What the search itself could not take over. */
  readonly notes: readonly Note[];
}

/** Something that was not taken over, and why. */
export interface Note {
  /** A file, or an image in it. */
  readonly where: string;
  readonly text: string;
}

/** A value as the manifest will have it: `$` that are to stay are doubled. */
export type Value =
  | string
  | boolean
  | readonly string[]
  | { readonly [key: string]: string | null };

/** An image that the manifest may have. */
export interface Draft {
  readonly key: string;
  /** What it was made from, for people. */
  readonly origins: readonly string[];
  /** The folder of the build context; `.` for the project's own. */
  readonly directory: string;
  /** Relative to `directory`; null for `Dockerfile`, or where its text is inline. */
  readonly dockerfile: string | null;
  /** Further keys of `build`. */
  readonly options: { readonly [key: string]: Value };
  /** The name that it has, where one was found. */
  readonly name: DraftName | null;
  /** Keys of other drafts. */
  readonly parents: readonly string[];
}

/** A reference in parts. */
export interface DraftName {
  /** Null for Docker Hub. */
  readonly server: string | null;
  readonly repository: string;
  /** Null for `latest`, which says nothing. */
  readonly version: string | null;
}

/** An image before it has its key: it is called after `base`, with more of `place` where that is taken. */
export interface Candidate extends Omit<Draft, 'key' | 'parents'> {
  readonly base: string;
  /** The folders that it is in. */
  readonly place: string;
  /** The images that `additional_contexts` of a bake file link to, as `target:NAME`, by the names of the contexts. */
  readonly links: ReadonlyMap<string, string>;
}

/** What was made of a found file. */
export interface Taken {
  readonly candidates: readonly Candidate[];
  readonly notes: readonly Note[];
}
