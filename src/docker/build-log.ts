/**
 * Reads the plain progress of BuildKit: lines of the form `#7 [2/3] RUN make`, `#7 0.512 output`,
 * `#7 ERROR: …`, and at the end the frame of the Dockerfile and `ERROR: …`.
 */
export interface BuildFailure {
  /** The error, with the Dockerfile step that failed where one did. */
  readonly message: string;
  /** The last lines of that step's output, then the Dockerfile's frame. */
  readonly log: readonly string[];
}

const LOG_LINES = 20;

/** What a failed build's output says, in the terms of the user's own Dockerfile. */
export function explainBuildFailure(
  lines: readonly string[],
  dockerfile: DockerfileName,
): BuildFailure {
  const error = lines.findLast((line) => line.startsWith('ERROR: '))?.slice('ERROR: '.length);
  const message = (
    error ??
    lines.findLast((line) => line.trim() !== '') ??
    'the build failed'
  ).replace(/^failed to (?:solve|build): /, '');
  const vertex = failedVertex(lines);
  return {
    message: vertex.title === null ? message : `${vertex.title} ${ending(message)}`,
    log: [...vertex.output.slice(-LOG_LINES), ...frame(lines, dockerfile)],
  };
}

/** BuildKit repeats the whole command, which the step's title has already said. */
function ending(message: string): string {
  const code = /^process ".*" did not complete successfully: exit code: (\d+)$/s.exec(message)?.[1];
  return code === undefined ? `failed: ${message}` : `failed with exit code ${code}`;
}

/** How the staged Dockerfile is called in the output, what it stands for, and how long it was. */
export interface DockerfileName {
  readonly staged: string;
  readonly shown: string;
  readonly lines: number;
}

function failedVertex(lines: readonly string[]): { title: string | null; output: string[] } {
  const failed = lines
    .map((line) => /^(#\d+) ERROR: /.exec(line)?.[1])
    .find((id) => id !== undefined);
  if (failed === undefined) return { title: null, output: [] };
  const own = lines
    .filter((line) => line.startsWith(`${failed} `))
    .map((line) => line.slice(failed.length + 1));
  const title = own.find((line) => line.startsWith('[')) ?? null;
  const output = own.flatMap((line) => /^\d+\.\d+ (.*)$/.exec(line)?.[1] ?? []);
  return { title, output };
}

/** The part of the Dockerfile that docker shows, less the lines that were added to the staged copy. */
function frame(lines: readonly string[], dockerfile: DockerfileName): string[] {
  const start = lines.findIndex((line) => {
    const place = /^(.+):(\d+)$/.exec(line);
    return place !== null && place[1] === dockerfile.staged;
  });
  if (start < 0) return [];
  const number = (lines[start] ?? '').slice(dockerfile.staged.length);
  const body = lines.slice(start + 1).filter((line) => {
    const numbered = /^ *(\d+) \|/.exec(line);
    return numbered !== null && Number(numbered[1]) <= dockerfile.lines;
  });
  return [`${dockerfile.shown}${number}`, ...body];
}
