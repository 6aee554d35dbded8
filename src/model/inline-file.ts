/** A file whose content stands in a Dockerfile: a heredoc that a COPY or an ADD takes. */
export interface InlineFile {
  /** Where it is written, as the Dockerfile says it. */
  readonly path: string;
  /** Null where variables in it are replaced. */
  readonly content: string | null;
}

/**
 * May BuildKit keep the one where the other is written over it? All inline files have the time at which their
 * build began, to the tick of the kernel's clock. And a layer of the containerd image store has only what differs
 * in size or time from the layer below.
 *
 * Source: https://github.com/moby/buildkit/blob/v0.25.1/util/overlay/overlay_linux.go (`sameDirent`)
 */
export function lookAlike(one: InlineFile, other: InlineFile): boolean {
  if (fileName(one.path) !== fileName(other.path)) return false;
  if (one.content === null || other.content === null) return true;
  return (
    one.content !== other.content &&
    Buffer.byteLength(one.content) === Buffer.byteLength(other.content)
  );
}

/** Names with variables may all be the same. */
function fileName(path: string): string {
  const name = path.split('/').at(-1) ?? '';
  return name.includes('$') ? '$' : name;
}
