import { isOfCaches } from './build-caches.ts';

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

/** The last lines of an output, for a failure. */
export function lastLines(lines: readonly string[]): string[] {
  return lines.slice(-LOG_LINES).map((line) => cut(line, LOG_WIDTH));
}

const LOG_LINES = 20;
const LOG_WIDTH = 500;
const TITLE_WIDTH = 200;

/** What a failed build's output says, in the terms of the user's own Dockerfile. */
export function explainBuildFailure(
  lines: readonly string[],
  dockerfiles: readonly StagedDockerfile[],
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
      ...lastLines(step.output),
      ...dockerfiles.flatMap((dockerfile) => frame(lines, dockerfile)),
    ],
  };
}

export function cut(text: string | null, width: number): string {
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
    .replace(/^ERROR: (?:target \S+: )?/, '')
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
  const isOfCache = ({ id: step }: { id: string }) => {
    const title = lines.find((line) => line.startsWith(`${step} `))?.slice(step.length + 1);
    return title !== undefined && isOfCaches(title);
  };
  const cause =
    failed.find(({ message }) => error.endsWith(message)) ??
    failed.find((each) => !isOfCache(each));
  const id = cause?.id;
  if (id === undefined) return { title: null, output: [] };
  const own = lines
    .filter((line) => line.startsWith(`${id} `))
    .map((line) => line.slice(id.length + 1));
  const title = own.find((line) => line.startsWith('[')) ?? null;
  const output = own.flatMap((line) => /^\d+\.\d+ (.*)$/s.exec(line)?.[1] ?? []);
  return { title, output };
}

/** The staged Dockerfile: how docker's output calls it, and how the user does. */
export interface StagedDockerfile {
  readonly name: string;
  readonly shown: string;
}

/** The part of the Dockerfile that docker shows, under the name that the user knows, less blank lines at its end. */
function frame(lines: readonly string[], { name, shown }: StagedDockerfile): string[] {
  const start = lines.findLastIndex((line) => lineIn(line, name) !== null);
  if (start < 0) return [];
  const body = lines.slice(start + 1).filter((line) => /^ *\d+ \|/.test(line));
  const last = body.findLastIndex((line) => !/\| *$/.test(line));
  return [`${shown}:${lineIn(lines[start] ?? '', name)}`, ...body.slice(0, last + 1)];
}

/** The line number of `Dockerfile:3`; null for another line of the output. */
function lineIn(line: string, name: string): string | null {
  return line.startsWith(`${name}:`) && /^\d+$/.test(line.slice(name.length + 1))
    ? line.slice(name.length + 1)
    : null;
}
