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
const LOG_WIDTH = 500;
const TITLE_WIDTH = 200;

/** What a failed build's output says, in the terms of the user's own Dockerfile. */
export function explainBuildFailure(
  lines: readonly string[],
  dockerfile: SentDockerfile,
): BuildFailure {
  const error =
    lines.findLast((line) => line.startsWith('ERROR: ')) ??
    // What the command line refuses is followed by where to read about it.
    lines.find((line) => /^(invalid argument|unknown flag)/.test(line)) ??
    lines.findLast((line) => line.trim() !== '') ??
    'the build failed';
  const step = failedStep(lines, error);
  const message = plainMessage(error);
  // What BuildKit does of its own accord is no step of the user's.
  const own = step.title !== null && !step.title.startsWith('[internal]');
  return {
    message: own ? `${cut(step.title, TITLE_WIDTH)} ${ending(message)}` : message,
    log: [
      ...step.output.slice(-LOG_LINES).map((line) => cut(line, LOG_WIDTH)),
      ...frame(lines, dockerfile),
    ],
  };
}

function cut(text: string | null, width: number): string {
  if (text === null || text.length <= width) return text ?? '';
  return `${text.slice(0, width).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** The reference whose registry a build failed at, and what was said of it; null for other failures. */
export function blamedReference(
  lines: readonly string[],
): { readonly ref: string; readonly error: string } | null {
  const error = lines.findLast((line) => line.startsWith('ERROR: ')) ?? '';
  const [, ref, said] = /: failed to resolve source metadata for (\S+): (.*)$/s.exec(error) ?? [];
  return ref === undefined || said === undefined ? null : { ref, error: `ERROR: ${said}` };
}

/** The error without what only says how BuildKit works, and where. */
function plainMessage(error: string): string {
  return error
    .replace(/^ERROR: /, '')
    .replace(/^(?:failed to (?:solve|build): )+/, '')
    .replace(/^failed to compute cache key: /, '')
    .replace(/^failed to calculate checksum of ref \S+: /, '')
    .replace(/^\S+: failed to resolve source metadata for (\S+): /, '$1 cannot be had: ')
    .replace(/[^\s"]*\/buildkit-mount\d+(?=\/)/g, '');
}

/** BuildKit repeats the whole command, which the step's title has already said. */
function ending(message: string): string {
  const code = /^process ".*" did not complete successfully: exit code: (\d+)$/s.exec(message)?.[1];
  return code === undefined ? `failed: ${message}` : `failed with exit code ${code}`;
}

interface Step {
  readonly title: string | null;
  readonly output: readonly string[];
}

/** The step that the error is about: of several that failed at once, the one that it repeats. */
function failedStep(lines: readonly string[], error: string): Step {
  const failed = lines.flatMap((line) => {
    const [, id, message = ''] = /^(#\d+) ERROR: (.*)$/s.exec(line) ?? [];
    return id === undefined ? [] : [{ id, message }];
  });
  const { id } = failed.find(({ message }) => error.endsWith(message)) ?? failed[0] ?? {};
  if (id === undefined) return { title: null, output: [] };
  const own = lines
    .filter((line) => line.startsWith(`${id} `))
    .map((line) => line.slice(id.length + 1));
  const title = own.find((line) => line.startsWith('[')) ?? null;
  const output = own.flatMap((line) => /^\d+\.\d+ (.*)$/s.exec(line)?.[1] ?? []);
  return { title, output };
}

/** The Dockerfile that docker got: the user's own with lines added to it. */
export interface SentDockerfile {
  /** How it is called in docker's output. */
  readonly name: string;
  /** What the user calls it. */
  readonly shown: string;
  /** Lines of the user's own, empty ones at its end left out. */
  readonly lines: number;
  /** Where lines were added, and how many. */
  readonly added: { readonly after: number; readonly count: number };
}

/** What docker was sent in the place of the user's Dockerfile, from the bytes of both. */
export function sentDockerfile(
  name: string,
  own: { readonly shown: string; readonly bytes: Uint8Array },
  sent: Uint8Array,
): SentDockerfile {
  const before = linesOf(own.bytes);
  const after = linesOf(sent);
  let same = 0;
  while (same < before.length && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  const blank = before.toReversed().findIndex((line) => line.trim() !== '');
  return {
    name,
    shown: own.shown,
    lines: before.length - Math.max(0, blank),
    added: { after: before.length - same, count: after.length - before.length },
  };
}

function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString('latin1').split('\n');
}

/** The part of the Dockerfile that docker shows, with the user's own lines and their numbers. */
function frame(lines: readonly string[], dockerfile: SentDockerfile): string[] {
  const start = lines.findLastIndex((line) => placeIn(line, dockerfile.name) !== null);
  const place = placeIn(lines[start] ?? '', dockerfile.name);
  if (place === null) return [];
  const number = ownLine(place, dockerfile);
  const body = lines.slice(start + 1).flatMap((line) => {
    const [, margin = '', sent, rest] = /^( *)(\d+)( \|.*)$/s.exec(line) ?? [];
    const own = sent === undefined ? null : ownLine(Number(sent), dockerfile);
    return own === null
      ? []
      : [`${String(own).padStart(margin.length + (sent ?? '').length)}${rest}`];
  });
  return [`${dockerfile.shown}${number === null ? '' : `:${number}`}`, ...body];
}

/** The line number of `Dockerfile:3`. */
function placeIn(line: string, name: string): number | null {
  const [, file, number] = /^(.+):(\d+)$/.exec(line) ?? [];
  return file === name ? Number(number) : null;
}

/** The number of a line of what was sent in the user's own file; null where it was added. */
function ownLine(number: number, { lines, added }: SentDockerfile): number | null {
  const own = number <= added.after ? number : number - added.count;
  return (own <= added.after && number > added.after) || own > lines ? null : own;
}
