import { expect, test } from 'vitest';
import { createDocker } from '../../src/docker/docker-cli.ts';
import type { Call } from '../../src/docker/exec.ts';
import { DockerUnusable } from '../../src/docker/port.ts';
import { holderName } from '../../src/machine/process-identity.ts';
import type { ImageTest } from '../../src/model/manifest.ts';
import { TEST } from '../rig/imagined.ts';
import { type Answer, dockerThatSays } from './scripted.ts';

const NONE_LEFT = { stdout: '' };

/** What comes of a test, and the calls of docker, the look for containers that were left behind aside. */
async function running(test: Partial<ImageTest>, ...answers: Answer[]) {
  const { docker, calls } = dockerThatSays(NONE_LEFT, ...answers);
  const lines: string[] = [];
  const run = { image: 'sha256:1', platform: null, onLog: (line: string) => lines.push(line) };
  const outcome = await docker.runTest({ ...run, test: { ...TEST, ...test } });
  return { outcome, lines, calls: calls.slice(1) };
}

const shown = ({ argv }: Call) =>
  argv
    .join(' ')
    .replace(/docker-ensure-test-[0-9a-f]{16}/, 'NAME')
    .replace(/test=[0-9a-f]{8}-\d+-\d+/, 'test=HOLDER');

test('runs in a container of its own, without a network, and tells docker no value in its argv', async () => {
  const env = new Map([['TOKEN', 'hidden']]);
  const mounts = [{ source: '/a,b', target: '/c' }];
  const { outcome, calls } = await running({ env, mounts, command: ['pytest', '-q'] }, {});
  expect(outcome).toEqual({ ok: true });
  expect(calls.map(shown)).toEqual([
    'run --rm --init --pull never --name NAME --label dev.docker-ensure.test=HOLDER --network none --env TOKEN --mount type=bind,"source=/a,b",target=/c,readonly sha256:1 pytest -q',
  ]);
  expect(calls[0]).toMatchObject({ env: { TOKEN: 'hidden' }, timeoutMs: 1000, withStdout: true });
});

test.each([
  [['sh', '-e'], '--entrypoint sh sha256:1 -e check'],
  [[], '--entrypoint  sha256:1 check'],
])('an entry point of its own: %s', async (entrypoint, end) => {
  const { calls } = await running({ entrypoint }, {});
  expect(calls.map(shown)[0]?.endsWith(end)).toBe(true);
});

test('a test that fails is told with the last lines that it has printed', async () => {
  const printed = Array.from({ length: 30 }, (_, at) => `line ${at}`);
  const { outcome, lines } = await running({}, { exitCode: 3, stderr: printed.join('\n') });
  expect(lines).toEqual(printed);
  expect(outcome).toEqual({
    ok: false,
    message: 'its test `check` failed with exit code 3',
    log: printed.slice(10),
  });
});

test.each([
  ...[
    [
      'docker: Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "check": executable file not found in $PATH: unknown.',
      127,
      'could not be started: check: executable file not found in $PATH',
      'name a program that the image has, word by word: no shell reads the command, and an image from scratch has none',
    ],
    [
      '[FATAL tini (7)] exec check failed: No such file or directory',
      127,
      'could not be started: check: No such file or directory',
      'name a program that the image has, word by word: no shell reads the command, and an image from scratch has none',
    ],
    [
      '[FATAL tini (7)] exec /x failed: Permission denied',
      126,
      'could not be started: /x: Permission denied',
      'name a program that may be executed',
    ],
    [
      '[FATAL tini (7)] exec /x failed: Exec format error',
      126,
      'could not be started: /x: Exec format error',
      'the image is for another platform than this engine runs: test it where that is, or have the engine emulate it; `--no-test` builds it and publishes nothing',
    ],
    [
      'docker: Error response from daemon: network nosuch not found.',
      125,
      'could not be run: network nosuch not found.',
      undefined,
    ],
    [
      'Killed',
      137,
      'failed with exit code 137',
      'it was killed: there may be too little memory for it',
    ],
    ['sh: pytest: not found', 127, 'failed with exit code 127', undefined],
    ['docker: I am a test that says so', 3, 'failed with exit code 3', undefined],
  ],
] as const)('%s', async (stderr, exitCode, message, advice) => {
  const { outcome } = await running({}, { exitCode, stderr });
  expect(outcome).toMatchObject({ ok: false, message: `its test \`check\` ${message}` });
  expect('advice' in outcome ? outcome.advice : undefined).toBe(advice);
});

test('one whose time is up is stopped, and its container removed', async () => {
  const { outcome, calls } = await running({}, { exitCode: 1, timedOut: true }, {});
  expect(outcome).toEqual({
    ok: false,
    message: 'its test `check` was not done within 1 s, and was stopped',
    log: [],
    advice: 'give it more time by `timeout`, if it needs that',
  });
  const name = calls[0]?.argv[calls[0].argv.indexOf('--name') + 1];
  expect(calls[1]?.argv).toEqual(['container', 'rm', '--force', '--volumes', name]);
});

test('where the run is aborted the container is removed all the same', async () => {
  const last: Call[] = [];
  const ended = { exitCode: 0, stdout: '', stderr: '', missing: false, timedOut: false };
  const docker = createDocker(
    async ({ argv }) => {
      if (argv[0] === 'run') throw new Error('stopped by SIGINT');
      return ended;
    },
    {},
    async (call) => {
      last.push(call);
      return ended;
    },
  );
  const run = { image: 'sha256:1', test: TEST, platform: null, onLog: () => undefined };
  await expect(docker.runTest(run)).rejects.toThrow('stopped by SIGINT');
  expect(last.map(({ argv }) => argv.slice(0, 3).join(' '))).toEqual(['container rm --force']);
});

test('an engine that is gone is no failure of the test', async () => {
  const gone =
    'docker: Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?';
  await expect(running({}, { exitCode: 125, stderr: gone })).rejects.toThrow(DockerUnusable);
});

test('containers are removed that killed runs of this machine have left', async () => {
  const [machine = ''] = (await holderName()).split('-');
  const { docker, argvs } = dockerThatSays(
    { stdout: `one ${await holderName()}\ntwo ${machine}-999999999-1\nthree 00000000-1-1` },
    {},
  );
  const run = { image: 'sha256:1', test: TEST, platform: null, onLog: () => undefined };
  await docker.runTest(run);
  await docker.runTest(run);
  expect(argvs().map((words) => words.split(' --')[0])).toEqual([
    'container ls',
    'container rm',
    'run',
    'run',
  ]);
  expect(argvs()[1]).toBe('container rm --force --volumes two');
});
