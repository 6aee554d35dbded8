/** What git tracks of a folder, by paths relative to it. */
export interface TrackedFiles {
  /** Files and links; some of them may have been removed. */
  readonly paths: ReadonlySet<string>;
  /** What is tracked and was never checked out: so it is no input here, and one elsewhere. */
  readonly absent: readonly {
    readonly path: string;
    readonly is: 'file' | 'submodule';
  }[];
}
