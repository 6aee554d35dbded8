import { execa } from 'execa';
import type { Git } from '../model/git.ts';

export interface GitOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Sees each call before it runs. */
  readonly onCall: (argv: readonly string[]) => void;
}

/**
 * What ties git to one repository: a git hook sets them. Which repository is meant is said by the folder alone, so
 * that a hook, a shell and a pipeline get one answer.
 *
 * https://git-scm.com/docs/githooks#_description
 */
const REPOSITORY_VARIABLES = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_PREFIX',
  'GIT_COMMON_DIR',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_NAMESPACE',
] as const;

/** It only ever reads: no lock, no fetch, no question, no other program. */
const READ_ONLY = {
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
} as const;

/** It is not there, or it is but may not be run. */
const MISSING: readonly string[] = ['ENOENT', 'EACCES', 'ENOTDIR'];

/** Runs git with argv arrays only, never a shell. Throws the signal's reason when the run is aborted. */
export function createGit({ env, signal, onCall }: GitOptions): Git {
  const own = Object.fromEntries(REPOSITORY_VARIABLES.map((name) => [name, undefined]));
  return async (folder, argv) => {
    signal.throwIfAborted();
    const words = ['-C', folder, '-c', 'core.fsmonitor=false', ...argv];
    onCall(['git', ...words]);
    const result = await execa('git', words, {
      env: { ...env, ...own, ...READ_ONLY },
      extendEnv: false,
      cancelSignal: signal,
      encoding: 'buffer',
      reject: false,
      stdin: 'ignore',
      stripFinalNewline: false,
    });
    signal.throwIfAborted();
    if (MISSING.includes(result.code ?? '')) return { is: 'missing' };
    const { exitCode = 1, stdout, stderr } = result;
    return { is: 'ended', exitCode, stdout, stderr: new TextDecoder().decode(stderr) };
  };
}
