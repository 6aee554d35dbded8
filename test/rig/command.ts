import { type Context, EXIT } from '../../src/cli/context.ts';
import { runProgram } from '../../src/cli/program.ts';
import { createMask } from '../../src/report/redact.ts';
import { checkDocuments } from './documents.ts';
import { type Files, makeProject, type Project, type Run, type RunOptions } from './project.ts';

/** Where and in what surroundings a command runs. */
export interface Surroundings {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly architecture?: string;
  readonly now?: number;
}

/** A world with nothing in it, but for what is given. */
export function contextOf(given: Partial<Context>): Context {
  return {
    build: 'test',
    version: '0',
    cwd: '/',
    env: {},
    isPlugin: false,
    binary: '/nonexistent/docker-ensure',
    architecture: 'x64',
    cores: 1,
    userId: 0,
    homeFolder: null,
    temporaryFolder: '/nonexistent',
    outputFiles: [],
    now: () => 0,
    out: () => undefined,
    err: () => undefined,
    confirm: async () => false,
    colorful: { out: false, err: false },
    ci: null,
    isTerminal: { in: false, out: false, err: false },
    onSignal: () => () => undefined,
    signal: new AbortController().signal,
    mask: createMask(),
    bugReport: String,
    onExit: () => () => undefined,
    ...given,
  };
}

/** Runs a command line in this process: the whole program, but for what reads `process`. */
export async function command(
  args: readonly string[],
  { cwd, env = {}, architecture = 'x64', now = 0 }: Surroundings,
): Promise<Run> {
  const printed = { out: '', err: '' };
  const context = contextOf({
    ...{ cwd, env, architecture, now: () => now, homeFolder: '/nonexistent' },
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
  });
  const exitCode = await runProgram(args, context);
  checkDocuments({ stdout: printed.out, stderr: printed.err });
  return { exitCode, stdout: printed.out, stderr: printed.err };
}

/** A project whose command lines run in this process: for those that need no process of their own. */
export async function makeProjectHere(
  files: Files,
): Promise<Pick<Project, 'folder' | 'write' | 'run'>> {
  const { folder, write } = await makeProject(files);
  const run = (args: readonly string[], { cwd = folder, env = {} }: RunOptions = {}) =>
    command(args, { cwd, env });
  return { folder, write, run };
}

/** What a command prints that ends well. */
export async function outputOf(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<string> {
  const { exitCode, stdout, stderr } = await command(args, surroundings);
  if (exitCode !== EXIT.ok) throw new Error(`${args.join(' ')} ended with ${exitCode}: ${stderr}`);
  return stdout;
}
