import { availableParallelism } from 'node:os';
import { type Context, ciSystemOf } from '../../src/cli/context.ts';
import { createMask } from '../../src/report/redact.ts';
import type { Run } from './project.ts';

/** What a process would get from whoever starts it. */
export interface RunHere {
  readonly cwd: string;
  /** All of it, HOME and TMPDIR among it. */
  readonly env: Readonly<Record<string, string>>;
  readonly binary: string;
}

/**
 * Runs the program in this process, from its sources, as src/main.ts would in one of its own, with output that is no
 * terminal: the start of a process takes longer than most runs do. See docs/decisions/0039-engine-tests-run-it-here.md.
 */
export async function runHere(
  argv: readonly string[],
  { cwd, env, binary }: RunHere,
): Promise<Run> {
  const { runProgram } = await import('../../src/cli/program.ts');
  let stdout = '';
  let stderr = '';
  const lastWork = new Set<() => void>();
  const { HOME = null, TMPDIR = '/tmp' } = env;
  const context: Context = {
    version: '0.0.0',
    build: 'sources',
    cwd,
    env,
    isPlugin: false,
    binary,
    architecture: process.arch,
    cores: availableParallelism(),
    userId: process.getuid?.() ?? -1,
    homeFolder: HOME,
    temporaryFolder: TMPDIR,
    outputFiles: [],
    now: Date.now,
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    confirm: () => Promise.resolve(false),
    colorful: { out: false, err: false },
    ci: ciSystemOf(env),
    isTerminal: { in: false, out: false, err: false },
    onSignal: () => () => undefined,
    signal: new AbortController().signal,
    mask: createMask(),
    bugReport: (error) => `bug: ${error instanceof Error ? error.stack : String(error)}\n`,
    onExit(work) {
      lastWork.add(work);
      return () => lastWork.delete(work);
    },
  };
  const exitCode = await runProgram(argv, context);
  for (const work of lastWork) work();
  return { exitCode, stdout, stderr };
}
