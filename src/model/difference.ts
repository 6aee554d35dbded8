/** One input of a build that is not what it was. */
export type Difference = ValueDifference | TextDifference | FilesDifference | ParentDifference;

/** Null before: it was not there. Null after: it is there no longer. */
interface ValueDifference {
  readonly is: 'value';
  /** A key of the inputs document, or `build_args.NAME` where that is a map. */
  readonly input: string;
  readonly before: string | null;
  readonly after: string | null;
}

interface TextDifference {
  readonly is: 'dockerfile';
  readonly input: 'dockerfile';
  /** SHA-256, hex. */
  readonly before: string;
  readonly after: string;
  /** The lines of a unified diff, `@@` lines included; null: the earlier text is not known. */
  readonly lines: readonly string[] | null;
}

/** The files of the build context, or of an additional one. */
interface FilesDifference {
  readonly is: 'files';
  /** `files`, or `additional_contexts.NAME`. */
  readonly input: string;
  /** The file list's SHA-256, hex. */
  readonly before: string;
  readonly after: string;
  /** In the order of their paths; null: the earlier list is not known. */
  readonly files: readonly FileChange[] | null;
}

export interface FileChange {
  readonly path: string;
  readonly is: 'added' | 'removed' | 'changed';
  /** What lets it in, such as `Dockerfile:2:6 COPY src`; absent where that is not known. */
  readonly by?: string;
}

interface ParentDifference {
  readonly is: 'parent';
  /** `parents.NAME`, as a Dockerfile calls it. */
  readonly input: string;
  /** Its key in the manifest. */
  readonly image: string;
  /** Its hash, or the reference of one that is not built here. */
  readonly before: string;
  readonly after: string;
  /** What of its own inputs differs; null: the earlier ones are not known, or it is not built here. */
  readonly differences: readonly Difference[] | null;
}
