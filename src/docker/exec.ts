import { setMaxListeners } from 'node:events';
import { execa, type Subprocess } from 'execa';

/** One run of the docker CLI. */
export interface Call {
  readonly argv: readonly string[];
  /** Laid over the environment of the run. */
  readonly env?: Readonly<Record<string, string>>;
  /** For its stdin; it is in no argv and no log. */
  readonly input?: string;
  /** What people may see of the input. */
  readonly shownInput?: string;
  /** Takes each line of stderr as it comes; of those only the last are kept. */
  readonly onLine?: (line: string) => void;
  /** With `onLine`: those of stdout too, in the order in which they come. Then they are kept with the others. */
  readonly withStdout?: boolean;
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

/** A build may write any amount, and what went wrong stands at the end: so many lines are kept of it. */
const KEPT_LINES = 1000;

/** Time for docker to clean up after SIGTERM before it is killed. */
const GRACE_MS = 3000;

/**
 * When it is told again, in milliseconds. Docker loses a signal that comes while it starts a plugin, and at the third
 * one it ends the plugin itself. https://github.com/docker/cli/blob/v28.2.2/cmd/docker/docker.go
 */
const REMINDERS_MS: readonly number[] = [GRACE_MS * 0.6, GRACE_MS * 0.8];

/** Time for what docker has left behind to end by itself. */
const LEAVE_MS = 500;

/**
 * Runs docker with argv arrays only, never a shell. Throws the signal's reason when the run is
 * aborted: the caller that aborts reports it.
 */
export function createExec({ env, signal, onCall }: ExecOptions): Exec {
  // Each docker that runs listens. Node takes more than ten for a leak, and would warn the user of it.
  setMaxListeners(0, signal);
  return async ({ argv, env: more, input, shownInput, onLine, withStdout = false, timeoutMs }) => {
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
      buffer: { stderr: onLine === undefined, stdout: !withStdout, all: false },
      all: withStdout,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      ...(timeoutMs === undefined ? {} : { timeout: Math.min(timeoutMs, LONGEST_TIMEOUT_MS) }),
    });
    stopWhole(child, signal);
    // One that was not started has no number, and no lines.
    const isRead = onLine !== undefined && child.pid !== undefined;
    const last = isRead
      ? await readLines(child.iterable({ from: withStdout ? 'all' : 'stderr' }), onLine)
      : [];
    const result = await child;
    signal.throwIfAborted();
    return {
      // Docker may end well though it was stopped halfway.
      exitCode: result.timedOut ? 1 : (result.exitCode ?? 1),
      stdout: result.stdout ?? '',
      // An argument may be too long for the system to start docker.
      stderr:
        child.pid === undefined
          ? `docker could not be started: ${result.originalMessage}`
          : (result.stderr ?? last.join('\n')),
      missing: MISSING.includes(result.code ?? ''),
      timedOut: result.timedOut,
    };
  };
}

/**
 * Tells docker again where the run is aborted, and waits for no plugin that docker, once ended, has left behind: that
 * one ends when it next writes.
 */
function stopWhole(child: Subprocess, signal: AbortSignal): void {
  let timers: NodeJS.Timeout[] = [];
  const remind = () => {
    timers = REMINDERS_MS.map((delay) => setTimeout(() => child.kill(), delay));
  };
  signal.addEventListener('abort', remind);
  const letGo = () => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  child.once('exit', () => {
    signal.removeEventListener('abort', remind);
    for (const timer of timers) clearTimeout(timer);
    if (child.killed) timers = [setTimeout(letGo, LEAVE_MS)];
  });
  child.once('close', () => {
    for (const timer of timers) clearTimeout(timer);
  });
}

/** Hands each line on, and gives the last ones. */
async function readLines(
  lines: AsyncIterable<string>,
  onLine: (line: string) => void,
): Promise<string[]> {
  const last: string[] = [];
  for await (const line of lines) {
    onLine(line);
    last.push(line);
    if (last.length > 2 * KEPT_LINES) last.splice(0, KEPT_LINES);
  }
  return last;
}
