import { expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { succeeded } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

const HASHED = 'value-in-the-hash';
const UNHASHED = 'value-outside-the-hash';

it('build arguments reach the build, and no value of theirs is in any argv', async ({
  project,
  engine,
  images,
  scope,
}) => {
  const { run } = await project({
    'ensure.yaml': `
      images:
        app:
          name: ${scope}/app
          build:
            files: nothing
            build_args: { HASHED: ${HASHED}, TAKEN: , UNSET: , DOCKER_HOST: a, BUILDX_GIT_LABELS: b }
            unhashed_build_args: { UNHASHED: "\${WORD}", SECRETLY: }
    `,
    Dockerfile: [
      'FROM docker-ensure-seed:1',
      'ARG HASHED TAKEN UNSET=default UNHASHED SECRETLY DOCKER_HOST BUILDX_GIT_LABELS',
      'ENV SEEN="$HASHED $TAKEN $UNSET $UNHASHED $SECRETLY"',
      // Docker itself reads variables of these names, and must not.
      'ENV DOCKERS="$DOCKER_HOST $BUILDX_GIT_LABELS"',
      'RUN echo "the log says $SECRETLY"',
    ].join('\n'),
  });
  const docker = await spyOnDocker(engine, { watchProcesses: true });
  const environment = { WORD: UNHASHED, TAKEN: 'taken-from-outside', SECRETLY: 'taken-secretly' };

  const { stderr } = succeeded(
    await run(['--debug', 'up'], { env: { ...docker.env, ...environment } }),
  );
  expect(await images.env(`${scope}/app`)).toMatchObject({
    SEEN: `${HASHED} taken-from-outside default ${UNHASHED} taken-secretly`,
    DOCKERS: 'a b',
  });

  const argv = (await docker.calls()).flat();
  const processes = docker.processes();
  expect(processes).toContain('buildx bake ');
  for (const value of [HASHED, UNHASHED, 'taken-from-outside', 'taken-secretly']) {
    expect(argv.join('\n')).not.toContain(value);
    expect(processes).not.toContain(value);
  }
  expect(stderr).not.toContain(UNHASHED);
  expect(stderr).not.toContain('taken-secretly');
  expect(stderr).toContain('the log says ***');

  const { 'dev.docker-ensure.inputs': inputs } = await images.labels(`${scope}/app`);
  expect(JSON.parse(inputs ?? '').build_args).toEqual({
    HASHED,
    TAKEN: 'taken-from-outside',
    DOCKER_HOST: 'a',
    BUILDX_GIT_LABELS: 'b',
  });
  expect(inputs).not.toContain('UNHASHED');
});

it('build_args change the hash, unhashed_build_args do not', async ({ project, scope }) => {
  const { run } = await project({
    'ensure.yaml': `
      images:
        app:
          name: ${scope}/app
          with_hash: true
          build:
            files: nothing
            build_args: { HASHED: "\${A:-1}", TAKEN: }
            unhashed_build_args: { UNHASHED: "\${B:-1}", SECRETLY: }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
  });
  const ref = async (env = {}) => succeeded(await run(['ref', 'app'], { env })).stdout;

  const usual = await ref();
  expect(await ref({ B: '2', SECRETLY: 'word' })).toBe(usual);
  const [changed, taken, empty] = [
    await ref({ A: '2' }),
    await ref({ TAKEN: '1' }),
    await ref({ TAKEN: '' }),
  ];
  expect(new Set([usual, changed, taken, empty]).size).toBe(4);
});
