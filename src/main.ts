import { once } from 'node:events';
import { fstatSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { bugReport } from './cli/bug-report.ts';
import { type Context, ciSystemOf, EXIT, Interrupted, SIGNALS } from './cli/context.ts';
import { pluginCall, pluginMetadata, pluginSocket } from './cli/docker-plugin.ts';
import { runProgram } from './cli/program.ts';
import { reportError } from './cli/report-error.ts';
import type { FileId } from './files/own-files.ts';
import { createOutput } from './machine/output.ts';
import { onSocketClosed } from './machine/stop-socket.ts';
import { createMask } from './report/redact.ts';
import { createStyle } from './report/text.ts';

declare const DOCKER_ENSURE_VERSION: string;
/** The bundle and its hash: bin/run-bundle.js says them. */
declare const __filename: string;
declare const __build: string;

const mask = createMask();

const stdout = createOutput(1, () => process.stdout.on('error', notWritten), notWritten);

// Where nobody listens there is nobody to tell it; what was begun is finished.
const stderr = createOutput(
  2,
  () => process.stderr.on('error', () => undefined),
  () => undefined,
);

/** What cannot wait, should the process end at once. */
const lastWork = new Set<() => void>();

/** Runs the program in this process: the one reader of `process`, and the one to set its exit code. */
export async function main(): Promise<void> {
  const abort = new AbortController();
  let signals = 0;
  /** Who takes signals now, instead of the run. */
  let taken: ((name: keyof typeof SIGNALS) => void) | null = null;
  for (const name of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) {
    process.on(name, () => {
      if (taken !== null) {
        taken(name);
        return;
      }
      const reason = new Interrupted(name);
      signals += 1;
      // Someone who asks twice does not want to wait for the cleaning up.
      if (signals > 1) process.exit(reason.exitCode);
      abort.abort(reason);
    });
  }
  process.on('uncaughtException', (error) => process.exit(tell(error)));
  process.on('exit', () => {
    for (const work of lastWork) work();
  });

  const metadata = pluginMetadata(process.argv.slice(2), DOCKER_ENSURE_VERSION);
  if (metadata !== null) {
    stdout.write(metadata);
    return;
  }
  const cwd = currentFolder();
  if (cwd === null) return;
  const call = calledBy();
  if (call === null) return;
  const { argv, env, isPlugin } = call;
  const socket = isPlugin ? pluginSocket(process.env) : null;
  if (socket !== null) onSocketClosed(socket, () => abort.abort(new Interrupted('SIGTERM')));
  const context: Context = {
    version: DOCKER_ENSURE_VERSION,
    build: __build,
    cwd,
    env,
    isPlugin,
    binary: join(dirname(__filename), '../bin/docker-ensure.js'),
    architecture: process.arch,
    cores: availableParallelism(),
    userId: process.getuid?.() ?? -1,
    homeFolder: homeFolder(),
    temporaryFolder: resolve(cwd, tmpdir()),
    outputFiles: outputFiles(),
    now: Date.now,
    out: (text) => stdout.write(text),
    err: writeError,
    confirm: (question) => confirm(question, abort.signal),
    colorful: {
      out: isTerminal(1) && process.stdout.hasColors(),
      err: isTerminal(2) && process.stderr.hasColors(),
    },
    ci: ciSystemOf(env),
    isTerminal: { in: isTerminal(0), out: isTerminal(1), err: isTerminal(2) },
    onSignal(take) {
      taken = take;
      return () => {
        taken = null;
      };
    },
    signal: abort.signal,
    mask,
    bugReport: describeBug,
    onExit(work) {
      lastWork.add(work);
      return () => lastWork.delete(work);
    },
  };
  process.exitCode = await runProgram(argv, context);
}

/** A reader that has seen enough, such as `head`, is no error of ours. */
function notWritten(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') process.exit(tell(error));
}

/** The command line and the environment, as docker's plugin where it has called; null after a mistake in them. */
function calledBy() {
  const own = { argv: process.argv.slice(2), env: process.env, isPlugin: false };
  try {
    const call = pluginCall(own.argv, own.env);
    return call === null ? own : { ...call, isPlugin: true };
  } catch (error) {
    process.exitCode = tell(error);
    return null;
  }
}

/** There is none for a user whom the system does not know, unless HOME names it. */
function homeFolder(): string | null {
  try {
    const folder = homedir();
    return isAbsolute(folder) ? folder : null;
  } catch {
    return null;
  }
}

/** The end of the input is a no; Ctrl-C stops the run. */
async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const asked = lines.question(`${question} [y/N] `, { signal });
    const answer = await Promise.race([asked, once(lines, 'close').then(() => '')]);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}

function outputFiles(): FileId[] {
  return [1, 2].flatMap((descriptor) => {
    try {
      const stat = fstatSync(descriptor);
      return stat.isFile() ? { dev: stat.dev, ino: stat.ino } : [];
    } catch {
      return [];
    }
  });
}

function currentFolder(): string | null {
  try {
    return process.cwd();
  } catch {
    writeError('error: the current folder is not there any more\n');
    process.exitCode = EXIT.usage;
    return null;
  }
}

/** Node's own answer takes longer, and most that are no terminals are no devices either. */
function isTerminal(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isCharacterDevice() || stat.rdev === statSync('/dev/null').rdev) return false;
  } catch {}
  return isatty(descriptor);
}

/** Writes to stderr, which may be a file on a disk that is full. */
function writeError(text: string): void {
  stderr.write(text);
}

function tell(error: unknown): number {
  return reportError(error, { err: writeError, mask, bugReport: describeBug }, createStyle(false));
}

function describeBug(error: unknown): string {
  const { version, platform, arch } = process;
  return bugReport(error, {
    version: DOCKER_ENSURE_VERSION,
    nodeVersion: version,
    platform: `${platform} ${arch}`,
    bundle: __filename,
    readMap() {
      try {
        return readFileSync(`${__filename}.map`, 'utf8');
      } catch {
        return null;
      }
    },
  });
}

void main();
