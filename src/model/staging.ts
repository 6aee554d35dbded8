/** Where a build's inputs lie, outside the user's tree. */
export interface StagedBuild {
  /** The build context: exactly the files that were hashed. */
  readonly context: string;
  /** The Dockerfile, as it was hashed. */
  readonly dockerfile: string;
  /** Folders of the additional contexts, by name. */
  readonly additionalContexts: ReadonlyMap<string, string>;
  /** A file for docker to write what it exported to. */
  readonly metadataFile: string;
}

/** The staged inputs of one build. */
export interface Staging {
  readonly staged: StagedBuild;
  /** Removes what was staged. */
  release(): Promise<void>;
}

/** Why a build could not be staged. */
export interface StagingFailure {
  /** A file is no longer as it was hashed. */
  readonly moved: boolean;
  readonly message: string;
}
