/** Why a builder, and not what it was to build, has failed. */
export interface BuilderFailure {
  readonly message: string;
  readonly advice: string;
}

/**
 * What went wrong with the builder itself, in docker's words, and what to do; null where it was not that.
 * `lines`: all that docker has written, `own`: those of them that are its own. In BuildKit's progress the
 * output of a step begins with its time, so no step can print these lines.
 */
export function builderFailure(
  lines: readonly string[],
  own: readonly string[],
): BuilderFailure | null {
  const [, unknown] = ownMatch(own, /^ERROR: (no builder ".*" found)/);
  if (unknown !== undefined) {
    return {
      message: unknown,
      advice: `\`docker buildx ls\` lists the builders that there are: name one of them by BUILDX_BUILDER or \`builder\`, or none`,
    };
  }
  const id = lines.flatMap((line) => STARTS.exec(line)?.[1] ?? []).at(-1);
  const failed = lines.find((line) => id !== undefined && line.startsWith(`#${id} ERROR: `));
  if (failed === undefined) return null;
  return {
    message: `the builder cannot be used: ${failed.replace(/^#\d+ ERROR: /, '')}`,
    advice: `\`docker buildx inspect --bootstrap\` shows more; BUILDX_BUILDER or \`builder\` names another one, \`default\` the engine's own`,
  };
}

/** Before a build, buildx starts a builder in a container, and waits for one that is elsewhere. */
const STARTS = /^#(\d+) \[internal\] (?:booting buildkit|waiting for connection)$/;

function ownMatch(lines: readonly string[], pattern: RegExp): readonly (string | undefined)[] {
  return lines.map((line) => pattern.exec(line)).find((match) => match !== null) ?? [];
}
