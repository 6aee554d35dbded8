import { chmod, mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { noted, spyOnDocker } from '../rig/docker-spy.ts';
import { endedWith, fates, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';
import type { Result } from '../rig/project.ts';

const it = inTurn();

const FAILING = [
  'FROM docker-ensure-seed:1',
  'RUN for i in $(seq 1 30); do echo "line $i"; done; echo "ERROR: no space left on device"; exit 7',
  'RUN echo never',
].join('\n');

const failing = (scope: string) => ({
  'ensure.yaml': `
    defaults: { build: { files: nothing } }
    images:
      here: { name: ${scope}/here, build: {} }
      bad: { name: ${scope}/bad, build: { dockerfile: docker/Bad } }
      child: { name: ${scope}/child, build: { parents: [bad], dockerfile: docker/Child } }
      grandchild:
        name: ${scope}/grandchild
        build: { parents: [child], dockerfile: docker/Grandchild }
      other: { name: ${scope}/other, build: {} }
  `,
  Dockerfile: 'FROM docker-ensure-seed:1\n',
  'docker/Bad': FAILING,
  'docker/Child': `FROM ${scope}/bad\n`,
  'docker/Grandchild': `FROM ${scope}/child\n`,
});

it('a failing build ends with its step, the last lines of its log, and the rest of the summary', async ({
  project,
  images,
  scope,
}) => {
  const { up } = await project(failing(scope));
  succeeded(await up(['here']));

  const { result, stderr } = endedWith(1, await up(['--jobs', '1', 'here', 'grandchild']));
  expect(result.images).toMatchObject([
    { image: 'here', action: 'none', outcome: 'done', error: null },
    { image: 'bad', action: 'build', outcome: 'failed', error: { code: 'build-failed' } },
    { image: 'child', outcome: 'skipped', reason: 'its parent bad failed', error: null },
    { image: 'grandchild', outcome: 'skipped', reason: 'its parent child was skipped' },
  ]);
  expect(result.summary).toMatchObject({ none: 1, build: 0, failed: 1, skipped: 2 });
  expect(result.images[1]?.error?.message).toMatch(
    /^\[2\/3\] RUN for i in .* failed with exit code 7$/,
  );

  const log = stderr.split('\n').filter((line) => line.startsWith('  | '));
  expect(log[0]).toBe('  | line 12');
  expect(log).toContain('  | line 30');
  // Said by the step, and so no reason to advise about docker's disk.
  expect(log).toContain('  | ERROR: no space left on device');
  expect(stderr).not.toContain('prune');
  expect(log).toContain('  | docker/Bad:2');
  expect(log.find((line) => line.includes('2 |'))).toContain('no space left on device"; exit 7');
  expect(log.join('\n')).not.toContain('dev.docker-ensure');
  expect(stderr).toMatch(/\nchild +skipped +its parent bad failed\n/);
  expect(stderr).toMatch(/\n4 images: 1 failed, 2 skipped, 1 ready \(.*\)\n$/);
  expect(await images.list()).toEqual([`${scope}/here:latest`]);
});

it('--keep-going builds what does not depend on the failed image', async ({
  project,
  images,
  scope,
}) => {
  const { up } = await project(failing(scope));

  const run = endedWith(1, await up(['--jobs', '1', '--keep-going']));
  expect(fates(run)).toEqual({
    here: 'build',
    bad: 'failed',
    child: 'skipped',
    grandchild: 'skipped',
    other: 'build',
  });
  expect(await images.list()).toEqual([`${scope}/here:latest`, `${scope}/other:latest`]);
});

it('a docker that cannot be used is one line that says what to do, and exit code 3', async ({
  project,
  engine,
  images,
  scope,
}) => {
  const { run, folder } = await project({
    'ensure.yaml': `images: { app: { name: ${scope}/app, build: {} } }\n`,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
  });
  const empty = join(folder, 'empty');
  await mkdir(empty);
  const said = async (env: Record<string, string>) =>
    endedWith(3, await run(['up', '--json'], { env })).stderr;

  expect(await said({ PATH: empty })).toBe(
    'error: the docker command was not found\n' +
      '  help: install the Docker CLI, or put it on the PATH\n',
  );
  expect(await said({ DOCKER_HOST: `unix://${empty}/docker.sock` })).toMatch(
    /^error: docker does not answer(: .*)?\n {2}help: start the Docker engine, .*\n$/,
  );
  // Where docker finds a plugin of the system's, this one hides it.
  const plugins = join(empty, 'cli-plugins');
  await mkdir(plugins);
  await writeFile(join(plugins, 'docker-buildx'), '#!/bin/sh\nexit 1\n');
  await chmod(join(plugins, 'docker-buildx'), 0o755);
  expect(await said({ DOCKER_CONFIG: empty })).toBe(
    `app  building  ${scope}/app (not here)\n` +
      'error: docker cannot run its buildx plugin, which builds need: failed to fetch metadata: exit status 1\n' +
      '  help: install the docker-buildx plugin anew (`docker buildx version` shows whether it works)\n',
  );
  if (engine.private)
    expect(await said({ DOCKER_CONFIG: join(empty, 'none') })).toBe(
      `app  building  ${scope}/app (not here)\n` +
        'error: docker has no buildx plugin, which builds need\n' +
        '  help: install the docker-buildx plugin (`docker buildx version` shows whether it is there)\n',
    );
  expect(await images.list()).toEqual([]);

  // What is here needs no buildx.
  succeeded(await run(['up']));
  succeeded(await run(['up'], { env: { DOCKER_CONFIG: empty } }));
});

test('content trust is named where docker cannot reach its notary, and nothing is built', async ({
  project,
  engine,
  registry,
  images,
  scope,
}) => {
  // Newer docker commands know nothing of it.
  if (!engine.private) return;
  const { up } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      images: { app: { name: ${scope}/app, registry: team, build: { files: nothing } } }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
  });
  const env = { DOCKER_CONTENT_TRUST: '1', DOCKER_CONTENT_TRUST_SERVER: 'https://127.0.0.1:1' };
  const { result, stderr } = endedWith(1, await up([], { env }));
  expect(result.images[0]).toMatchObject({ action: 'none', outcome: 'failed' });
  expect(stderr).toContain('error contacting notary server: ');
  expect(stderr).toContain('help: DOCKER_CONTENT_TRUST is set, so docker asks a notary server');
  expect(await images.list()).toEqual([]);
});

/** Holds each build at its end, when docker has made the image and docker-ensure does not know yet. */
const HELD = `case "$1 $2" in
  'buildx bake') : >"$notes/built-$$"; until [ -e "$notes/go" ]; do sleep 0.1; done ;;
esac`;

it('what was built stays true to its name when the files move on meanwhile, and the run fails', async ({
  project,
  engine,
  images,
  scope,
}) => {
  const folders = ['changed', 'added', 'removed', 'touched', 'dockerfile', 'same'];
  const { start, folder, write } = await project({
    'ensure.yaml': [
      'images:',
      ...folders.map((key) => `  ${key}: { name: ${scope}/${key}, build: { directory: ${key} } }`),
      `  more: { name: ${scope}/more, build: { files: nothing, additional_contexts: { more: more } } }`,
      `  above: { name: ${scope}/above, build: { dockerfile: Above, files: nothing, parents: [changed] } }`,
    ].join('\n'),
    ...Object.fromEntries(
      folders.flatMap((key) => [
        [`${key}/Dockerfile`, `FROM docker-ensure-seed:1\nCOPY . /${key}\n`],
        [`${key}/file`, 'as it was'],
        [`${key}/.dockerignore`, 'ignored'],
      ]),
    ),
    Dockerfile: 'FROM docker-ensure-seed:1\nCOPY --from=more . /more\n',
    Above: `FROM ${scope}/changed\n`,
    'more/file': 'as it was',
  });
  const docker = await spyOnDocker(engine, { after: HELD });

  const { ended } = start(['up', '--json'], { env: docker.env });
  await noted(docker, 'built-');
  await write({
    'changed/file': 'as it is',
    'added/new': '',
    'removed/file': null,
    'dockerfile/Dockerfile': 'FROM docker-ensure-seed:1\n',
    'same/ignored': 'nobody sees it',
    'more/file': 'as it is',
  });
  await utimes(join(folder, 'touched/file'), new Date(), new Date());
  await writeFile(join(docker.notes, 'go'), '');

  const { stdout } = endedWith(1, await ended);
  const result = JSON.parse(stdout) as Result;
  const became = result.images.map(({ image, outcome, error }) => [
    image,
    outcome,
    error && `${error.code}: ${error.message.split(' while it was built: ')[0]}`,
  ]);
  expect(became).toEqual([
    ['changed', 'failed', 'inputs-changed: file was changed'],
    ['added', 'failed', 'inputs-changed: new was added'],
    ['removed', 'failed', 'inputs-changed: file was removed'],
    ['touched', 'failed', 'inputs-changed: file was changed'],
    ['dockerfile', 'failed', 'inputs-changed: Dockerfile was changed'],
    ['same', 'done', null],
    ['more', 'failed', 'inputs-changed: file was changed'],
    ['above', 'failed', 'inputs-changed: its parent changed was left behind'],
  ]);
  const refs = [...folders, 'more', 'above'].map((key) => `${scope}/${key}:latest`);
  expect((await images.list()).toSorted()).toEqual(refs.toSorted());
  expect(await images.read(`${scope}/changed`, '/changed/file')).toBe('as it was');
});
