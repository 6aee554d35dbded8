import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ownWords } from '../../src/docker/own-words.ts';
import type { StagedBuild } from '../../src/model/staging.ts';
import { alone, buildWith, dockerThatSays, fails, stage } from './scripted.ts';

/** Each is of a table by which docker's words are understood. */
const PHRASES = [
  'write /x: no space left on device',
  'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?',
  'permission denied while trying to connect to the Docker daemon socket at unix:///x',
  'error during connect: x',
  'Failed to initialize: unable to resolve docker endpoint: context "x": context not found',
  'Error response from daemon: client version 1.99 is too new',
  "docker: 'buildx' is not a docker command.",
  'unsupported frontend capability moby.buildkit.frontend.contexts',
  `failed to solve: image "moby-dangling@sha256:${'0'.repeat(64)}": already exists`,
  'failed to solve: x:1: failed to resolve source metadata for x:1: 503 Service Unavailable',
  'failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF',
  'failed to read dockerfile: open Dockerfile: no such file or directory',
  'error contacting notary server: x',
];

const quoted = (text: string) => JSON.stringify(text).slice(1, -1);

/** A step that says it, and whose command says it, as BuildKit tells of it. */
function stepThatSays(phrase: string): string[] {
  const command = `echo '${phrase}'; exit 1`;
  const failure = `process "/bin/sh -c ${quoted(command)}" did not complete successfully: exit code: 1`;
  return [
    '#0 building with "default" instance using docker driver',
    `#5 [2/2] RUN ${command}`,
    ...[phrase, `ERROR: ${phrase}`, `#5 ERROR: ${phrase}`].map((said) => `#5 0.387 ${said}`),
    `#5 ERROR: ${failure}`,
    '------',
    ` > [2/2] RUN ${command}:`,
    ...[phrase, `ERROR: ${phrase}`].map((said) => `0.387 ${said}`),
    '------',
    '',
    ` 1 warning found (use docker --debug to expand):`,
    ` - LegacyKeyValueFormat: ${phrase} (line 2)`,
    'Dockerfile:2',
    '--------------------',
    '   1 |     FROM docker-ensure-seed:1',
    `   2 | >>> RUN ${command}`,
    '--------------------',
    `ERROR: failed to solve: ${failure}`,
  ];
}

describe("a step's words", () => {
  it.each(PHRASES)("are not docker's: %s", async (phrase) => {
    const { docker, calls } = dockerThatSays(fails(stepThatSays(phrase).join('\n')), {});
    const request = alone(buildWith({}), await stage());
    const outcome = await docker.build(request);
    expect(outcome).toMatchObject({
      ok: false,
      message: `[2/2] RUN echo '${phrase}'; exit 1`
        .slice(0, 200)
        .concat(` failed with exit code 1`),
    });
    expect(outcome).not.toHaveProperty('advice');
    expect(outcome).not.toHaveProperty('error');
    expect(calls).toHaveLength(2);
  });

  it.each(PHRASES)('are none of the lines that docker has written: %s', (phrase) => {
    expect(ownWords(stepThatSays(phrase)).join('\n')).not.toContain(phrase);
  });

  it.each([
    [
      'a path',
      `ERROR: failed to solve: failed to compute cache key: "/x: no space left on device": not found`,
    ],
    [
      'an instruction',
      'ERROR: failed to solve: dockerfile parse error on line 2: unknown instruction: no space left on device',
    ],
  ])('are no advice where docker quotes %s', async (_, text) => {
    const { docker } = dockerThatSays(fails(`#1 [internal] x\n${text}`), {});
    const request = alone(buildWith({}), await stage());
    const outcome = await docker.build(request);
    expect(outcome).not.toHaveProperty('advice');
  });
});

describe("docker's words", () => {
  const FULL = 'failed to solve: failed to copy files: write /x/1: no space left on device';

  it.each([
    [`ERROR: ${FULL}`, FULL],
    ['#9 ERROR: mount x: no space left on device', 'no space left on device'],
  ])('are known: %s', async (line) => {
    const text = `#9 [2/2] COPY . .\n${line}\nERROR: failed to solve: Canceled: context canceled`;
    const { docker } = dockerThatSays(fails(text), {});
    const request = alone(buildWith({}), await stage());
    expect(await docker.build(request)).toMatchObject({
      advice: expect.stringContaining('docker system prune'),
    });
  });
});

describe('a path that docker does not see', () => {
  const REASON =
    'docker from snap sees no hidden folders, and has a /tmp of its own; docker in a container sees what is mounted there';
  const CACHE =
    'set DOCKER_ENSURE_CACHE to a folder that it sees, such as one in your home whose name does not begin with a dot';

  it.each<[string, (staged: StagedBuild) => string, (staged: StagedBuild) => string]>([
    [
      'the context',
      ({ context }) => `ERROR: unable to prepare context: path "${context}" not found`,
      ({ context }) => context,
    ],
    [
      'the Dockerfile',
      () =>
        'ERROR: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory',
      ({ dockerfile }) => dockerfile,
    ],
    [
      'the Dockerfile, by its path',
      ({ dockerfile }) => `ERROR: resolve : lstat ${dockerfile}: permission denied`,
      ({ dockerfile }) => dockerfile,
    ],
  ])('is named with the variable that helps: %s', async (_, say, path) => {
    const staged = await stage();
    await writeFile(staged.context, '');
    const { docker } = dockerThatSays(fails(say(staged)), {});
    const request = alone(buildWith({}), staged);
    expect(await docker.build(request)).toMatchObject({
      ok: false,
      advice: `docker does not see ${path(staged)}, which is there (${REASON}): ${CACHE}`,
    });
  });

  it("may be the user's own", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-hidden-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'npmrc');
    await writeFile(file, '');
    const said = `ERROR: failed to stat ${file}: stat ${file}: no such file or directory`;
    const build = buildWith({ secrets: [{ id: 'npm', from: { file } }] });
    const { docker } = dockerThatSays(fails(said), {});
    const request = alone(build, await stage());
    expect(await docker.build(request)).toMatchObject({
      message: `failed to stat ${file}: stat ${file}: no such file or directory`,
      advice: `docker does not see ${file}, which is there (${REASON}): put it where docker sees it`,
    });
  });

  it('is no such path where nobody sees it', async () => {
    const staged = await stage();
    const said = `ERROR: unable to prepare context: path "${staged.context}" not found`;
    const { docker } = dockerThatSays(fails(said), {});
    const request = alone(buildWith({}), staged);
    expect(await docker.build(request)).not.toHaveProperty('advice');
  });
});
