import { randomBytes } from 'node:crypto';
import { holderName, isGone } from '../machine/process-identity.ts';
import { cut, lastLines } from './build-log.ts';
import type { Ended, Exec } from './exec.ts';
import { errorLine } from './faults.ts';
import type { TestOutcome, TestRun } from './port.ts';
import * as argv from './test-argv.ts';
import type { Watch } from './watch.ts';

/** Milliseconds that the removal of a container may take. */
const REMOVAL_MS = 20_000;

/** `docker run`'s own exit code: there was no container to have one. */
const NO_CONTAINER = 125;

/** What tests are run with. */
export interface TestTools {
  /** Runs docker, whatever comes of it. */
  readonly exec: Exec;
  /** The same for what is done even where the run is aborted. */
  readonly execLast: Exec;
  readonly watch: Watch;
}

/**
 * Runs a test in a container of its own. Whatever ends it, the container is gone afterwards: where docker
 * was stopped, or the run is aborted, it is removed. Throws the signal's reason then, and `DockerUnusable`.
 */
export async function runTest(
  run: TestRun,
  { exec, execLast, watch }: TestTools,
): Promise<TestOutcome> {
  const name = `docker-ensure-test-${randomBytes(8).toString('hex')}`;
  const container = { name, holder: await holderName() };
  const remove = () =>
    execLast({ argv: argv.removeContainersArgv([name]), timeoutMs: REMOVAL_MS }).catch(
      () => undefined,
    );
  const lines: string[] = [];
  const call = {
    argv: argv.testArgv(run, container),
    env: Object.fromEntries(run.test.env),
    timeoutMs: run.test.timeoutMs,
    withStdout: true,
    onLine(line: string) {
      lines.push(line);
      run.onLog(line);
    },
  };
  const ended = await exec(call).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  if (ended.timedOut) await remove();
  if (ended.exitCode === 0) return { ok: true };
  if (ended.exitCode === NO_CONTAINER && !ended.timedOut)
    await watch.look({ ...ended, stderr: lines.filter((line) => OWN.test(line)).join('\n') });
  return { ok: false, ...explain(run, ended, lines) };
}

/** What docker says itself, beside all that a test may print. */
const OWN = /^(?:docker: |error during connect|Cannot connect to the Docker daemon)/;

/** Removes the containers of tests that processes of this machine have started which are no more. */
export async function removeLeftTests(run: Exec): Promise<void> {
  const { exitCode, stdout } = await run({ argv: argv.listTestsArgv() });
  if (exitCode !== 0) return;
  const left: string[] = [];
  for (const line of stdout.split('\n')) {
    const [id = '', holder = ''] = line.split(' ');
    if (id !== '' && (await isGone(holder))) left.push(id);
  }
  if (left.length > 0) await run({ argv: argv.removeContainersArgv(left) });
}

type Explained = { readonly message: string; readonly log: string[]; readonly advice?: string };

function explain({ test }: TestRun, ended: Ended, lines: readonly string[]): Explained {
  const command = cut(test.command.join(' '), 200);
  const log = lastLines(lines);
  if (ended.timedOut) {
    const message = `its test \`${command}\` was not done within ${test.timeoutMs / 1000} s, and was stopped`;
    return { message, log, advice: 'give it more time by `timeout`, if it needs that' };
  }
  const unstarted = lines.map(programIn).find((found) => found !== null) ?? null;
  if (unstarted !== null && ended.exitCode >= 126) {
    const { program, why } = unstarted;
    const message = `its test \`${command}\` could not be started: ${program}: ${why}`;
    return { message, log, advice: adviceOn(why) };
  }
  if (ended.exitCode === NO_CONTAINER && lines.some((line) => OWN.test(line))) {
    const said = lines.filter((line) => OWN.test(line)).join('\n');
    const why = errorLine(said).replace(/^docker: (?:Error response from daemon: )?/, '');
    return { message: `its test \`${command}\` could not be run: ${why}`, log };
  }
  const message = `its test \`${command}\` failed with exit code ${ended.exitCode}`;
  if (ended.exitCode !== KILLED) return { message, log };
  return { message, log, advice: 'it was killed: there may be too little memory for it' };
}

/** 128 and SIGKILL. */
const KILLED = 137;

/** The program that a container could not be started with: by the words of the runtime, or of docker's init. */
function programIn(line: string): { readonly program: string; readonly why: string } | null {
  const [, program, why] =
    /^docker: .*exec: "([^"]*)": (.*?)(?:: unknown)?\.?$/.exec(line) ??
    /^\[FATAL tini \(\d+\)\] exec (.*) failed: (.*)$/.exec(line) ??
    [];
  return program === undefined || why === undefined ? null : { program, why };
}

function adviceOn(why: string): string {
  if (/exec format error/i.test(why))
    return 'the image is for another platform than this engine runs: test it where that is, or have the engine emulate it; `--no-test` builds it and publishes nothing';
  if (/permission denied/i.test(why)) return 'name a program that may be executed';
  return 'name a program that the image has, word by word: no shell reads the command, and an image from scratch has none';
}
