import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { checkDocuments } from './documents.ts';
import { scrubbed } from './engine/environment.ts';
import { runHere } from './run-here.ts';

const BINARY = fileURLToPath(new URL('../../bin/docker-ensure.js', import.meta.url));
/** What V8 made of the bundle, for all tests: compiling it anew would take longer than most runs. */
const CODE = fileURLToPath(
  new URL('../../node_modules/.cache/docker-ensure-code', import.meta.url),
);
const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** A user's project in a temporary folder, with a home and a cache of its own. */
export interface Project {
  readonly folder: string;
  readonly cache: string;
  /** Its folder for temporary files. */
  readonly temporary: string;
  /** Writes files, by path; `null` removes one, `{ mode }` sets its mode. */
  write(files: Files): Promise<void>;
  /** Runs the program in the folder. What it prints for programs must keep to the schemas. */
  run(args: readonly string[], options?: RunOptions): Promise<Run>;
  /** Starts the real binary, to be watched and stopped on its way. */
  start(args: readonly string[], options?: RunOptions): Running;
  /** Runs it with `--json` and gives the result document. */
  up(args?: readonly string[], options?: RunOptions): Promise<Run & { readonly result: Result }>;
}

export type Files = Readonly<Record<string, string | Uint8Array | null | ExecutableFile>>;
export interface ExecutableFile {
  readonly text: string;
  readonly mode: number;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What it may read on its stdin; nothing by default. */
  readonly stdin?: string;
}

export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that has not ended yet. */
export interface Running {
  readonly ended: Promise<Run>;
  /** Waits until stderr holds the text. Throws where the run ends without it. */
  saw(text: string): Promise<void>;
  /** All of its stderr so far. */
  text(): string;
  kill(signal: NodeJS.Signals): void;
}

/** The result document, as schema/up.schema.json describes it. */
export interface Result {
  readonly images: readonly ResultImage[];
  readonly summary: Readonly<Record<string, number>>;
}

export interface ResultImage {
  readonly image: string;
  readonly ref: string;
  readonly registry_ref: string | null;
  /** Absent with fewer than two. */
  readonly registries?: readonly {
    readonly registry: string;
    readonly ref: string;
    readonly action: 'none' | 'pull' | 'push' | 'copy';
  }[];
  readonly hash: string | null;
  readonly action: 'none' | 'pull' | 'build';
  readonly test: boolean;
  readonly push: boolean;
  readonly tag: readonly string[];
  readonly reason: string;
  readonly outcome?: 'done' | 'failed' | 'skipped';
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Two runs at once are two processes: by its process one run knows another. */
let isRunningHere = false;

export interface ProjectOptions {
  /** The whole environment of docker (an engine's `env`), scrubbed of the user's. */
  readonly env?: Readonly<Record<string, string>>;
  /** A copy of `fixtures/<fixture>` is beneath the files. */
  readonly fixture?: string;
  /** `run` runs the program in this process where it can, instead of the real binary. */
  readonly runsHere?: boolean;
}

/** Makes a project of the files. It is removed when the test ends. */
export async function makeProject(
  files: Files,
  { env = {}, fixture, runsHere = false }: ProjectOptions = {},
): Promise<Project> {
  const root = await mkdtemp(join(tmpdir(), 'docker-ensure-project-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, 'project');
  const named = join(root, 'cache');
  const cache = join(named, 'docker-ensure-cache');
  const temporary = join(root, 'tmp');
  await mkdir(folder);
  await mkdir(temporary);
  await mkdir(CODE, { recursive: true });
  await mkdir(cache, { recursive: true, mode: 0o700 });
  await symlink(CODE, join(cache, 'code'));
  if (fixture !== undefined) await cp(join(FIXTURES, fixture), folder, { recursive: true });

  const own = { HOME: join(root, 'home'), DOCKER_ENSURE_CACHE: named, TMPDIR: temporary };
  const wholeEnv = (options: RunOptions) => ({ ...scrubbed({ ...env }), ...own, ...options.env });
  const project: Project = {
    folder,
    cache,
    temporary,
    async write(more) {
      for (const [path, content] of Object.entries(more)) await put(join(folder, path), content);
    },
    async run(args, options = {}) {
      if (!runsHere || isRunningHere || options.stdin !== undefined || options.cwd !== undefined)
        return project.start(args, options).ended;
      isRunningHere = true;
      try {
        const run = await runHere(args, { cwd: folder, env: wholeEnv(options), binary: BINARY });
        checkDocuments(run);
        return run;
      } finally {
        isRunningHere = false;
      }
    },
    start: (args, options = {}) =>
      start(args, { ...options, cwd: options.cwd ?? folder, env: wholeEnv(options) }),
    async up(args = [], options = {}) {
      const run = await project.run(['up', '--json', ...args], options);
      if (run.stdout === '') throw new Error(`up printed no result:\n${run.stderr}`);
      return { ...run, result: JSON.parse(run.stdout) as Result };
    },
  };
  await project.write(files);
  return project;
}

function start(args: readonly string[], { cwd, env, stdin }: RunOptions): Running {
  const child = execa(process.execPath, ['--', BINARY, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    extendEnv: false,
    reject: false,
    ...(stdin === undefined ? { stdin: 'ignore' } : { input: stdin }),
    stripFinalNewline: false,
  });
  let seen = '';
  const onText = new Set<() => void>();
  child.stderr.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
    for (const look of onText) look();
  });
  const ended = child.then(({ exitCode = 1, stdout, stderr }) => {
    checkDocuments({ stdout, stderr });
    return { exitCode, stdout, stderr };
  });
  return {
    ended,
    kill: (signal) => child.kill(signal),
    text: () => seen,
    async saw(text) {
      const found = new Promise<true>((resolve) => {
        const look = () => seen.includes(text) && resolve(true);
        onText.add(look);
        look();
      });
      if ((await Promise.race([found, ended])) === true || seen.includes(text)) return;
      throw new Error(`it ended and never said "${text}":\n${seen}`);
    },
  };
}

async function put(path: string, content: Files[string] | undefined): Promise<void> {
  if (content === null || content === undefined) return rm(path, { recursive: true, force: true });
  await mkdir(dirname(path), { recursive: true });
  if (typeof content === 'string' || content instanceof Uint8Array) return writeFile(path, content);
  await writeFile(path, content.text);
  await chmod(path, content.mode);
}
