import { execa } from 'execa';

/** One run of the docker CLI. */
export interface Call {
  readonly argv: readonly string[];
  /** Laid over the environment of the run. */
  readonly env?: Readonly<Record<string, string>>;
  /** For its stdin; nobody else sees it. */
  readonly input?: string;
  /** What people may see of the input. */
  readonly shownInput?: string;
  /** Takes each line of stderr as it comes. */
  readonly onLine?: (line: string) => void;
  /** Docker is ended after so many milliseconds. */
  readonly timeoutMs?: number;
}

/** How it ended. `missing`: there is no docker command. `timedOut`: its time was up. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly missing: boolean;
  readonly timedOut: boolean;
}

export type Exec = (call: Call) => Promise<Ended>;

export interface ExecOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Sees each call before it runs, with what may be seen of its input. */
  readonly onCall: (argv: readonly string[], shownInput?: string) => void;
}

/** It is not there, or it is but may not be run. */
const MISSING: readonly string[] = ['ENOENT', 'EACCES', 'ENOTDIR'];

/** Node's timers know no longer time: 24 days. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Time for docker to clean up after SIGTERM before it is killed. */
const GRACE_MS = 3000;

/**
 * Runs docker with argv arrays only, never a shell. Throws the signal's reason when the run is
 * aborted: whoever aborts is the one to report it.
 */
export function createExec({ env, signal, onCall }: ExecOptions): Exec {
  return async ({ argv, env: more, input, shownInput, onLine, timeoutMs }) => {
    signal.throwIfAborted();
    onCall(['docker', ...argv], shownInput);
    const child = execa('docker', argv, {
      // Docker's words are classified, so they must be its own; a build argument may have that name.
      env: { ...env, LC_ALL: 'C', ...more },
      extendEnv: false,
      cancelSignal: signal,
      forceKillAfterDelay: GRACE_MS,
      reject: false,
      stripFinalNewline: true,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      ...(timeoutMs === undefined ? {} : { timeout: Math.min(timeoutMs, LONGEST_TIMEOUT_MS) }),
    });
    // One that was not started has no number, and no lines.
    if (onLine !== undefined && child.pid !== undefined)
      for await (const line of child.iterable({ from: 'stderr' })) onLine(line);
    const result = await child;
    signal.throwIfAborted();
    return {
      // Docker may end well though it was stopped halfway.
      exitCode: result.timedOut ? 1 : (result.exitCode ?? 1),
      stdout: result.stdout ?? '',
      // There is none where the system did not start docker: an argument may be too long for it.
      stderr: result.stderr ?? `docker could not be started: ${result.originalMessage}`,
      missing: MISSING.includes(result.code ?? ''),
      timedOut: result.timedOut,
    };
  };
}
