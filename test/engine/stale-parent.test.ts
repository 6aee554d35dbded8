import { expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { fates, succeeded, test } from '../rig/engine-test.ts';

const baseOf = (word: string) => `FROM docker-ensure-seed:1\nENV BASE=${word}\n`;

/** A base whose tag says nothing of its content, and a child whose tag does. */
const manifest = (scope: string) => `
  defaults: { build: { files: nothing } }
  images:
    base: { name: ${scope}/base, version: 1, build: { dockerfile: base.Dockerfile } }
    app: { name: ${scope}/app, with_hash: true, build: { parents: [base] } }
`;

test("a child is built on the parent that its hash names, not on what is here by the parent's tag", async ({
  engine,
  project,
  images,
  scope,
}) => {
  const { up, write } = await project({
    'ensure.yaml': `${manifest(scope)}
    twin: { name: ${scope}/twin, with_hash: true, build: { parents: [base] } }
    above: { name: ${scope}/above, with_hash: true, build: { parents: [twin], dockerfile: Above } }
    beside: { name: ${scope}/beside, build: { dockerfile: Beside } }
`,
    Above: `FROM ${scope}/twin\nENV ABOVE=$BASE\n`,
    Beside: 'FROM docker-ensure-seed:1\n',
    'base.Dockerfile': baseOf('old'),
    Dockerfile: `FROM ${scope}/base:1\n`,
  });
  expect(fates(succeeded(await up(['base'])))).toEqual({ base: 'build' });

  await write({ 'base.Dockerfile': baseOf('new') });
  const all = ['app', 'above', 'beside'];
  const planned = succeeded(await up(['--dry-run', ...all]));
  const docker = await spyOnDocker(engine);
  const { result, stderr } = succeeded(await up(all, { env: docker.env }));
  expect(fates({ result })).toEqual(
    Object.fromEntries(['base', 'app', 'twin', 'above', 'beside'].map((key) => [key, 'build'])),
  );
  // All of them in one group.
  expect((await docker.calls()).filter(([, verb]) => verb === 'bake')).toHaveLength(1);
  expect(fates(planned)).toEqual(fates({ result }));
  expect(stderr).toContain(
    'base    building  ' +
      `${scope}/base:1 (what is here was built from other inputs than the hash of app names)\n`,
  );
  const refOf = (key: string) => result.images.find(({ image }) => image === key)?.ref ?? '';
  expect(await images.env(refOf('app'))).toMatchObject({ BASE: 'new' });
  expect(await images.env(refOf('above'))).toMatchObject({ BASE: 'new', ABOVE: 'new' });
  expect((await images.labels(`${scope}/base:1`))['dev.docker-ensure.hash']).toBe(
    result.images[0]?.hash,
  );
});

test('a parent that somebody else tagged, and that has no label, is built anew', async ({
  project,
  engine,
  images,
  scope,
}) => {
  await engine.docker(['tag', 'docker-ensure-seed:1', `${scope}/base:1`]);
  const { up } = await project({
    'ensure.yaml': manifest(scope),
    'base.Dockerfile': baseOf('ours'),
    Dockerfile: `FROM ${scope}/base:1\n`,
  });

  const { result } = succeeded(await up(['app']));
  expect(fates({ result })).toEqual({ base: 'build', app: 'build' });
  expect(await images.env(result.images[1]?.ref ?? '')).toMatchObject({ BASE: 'ours' });
});

test('an image without a hash in its tag is kept when its inputs change, with one warning', async ({
  project,
  images,
  scope,
}) => {
  const { up, run, write } = await project({
    'ensure.yaml': `images: { app: { name: ${scope}/app, build: { files: nothing } } }\n`,
    Dockerfile: baseOf('old'),
  });
  succeeded(await up());
  await write({ Dockerfile: baseOf('new') });

  const { stderr } = succeeded(await run(['up']));
  expect(stderr.replace(/\([^()]* m?s\)/, '(TIME)')).toBe(
    [
      `warning: ${scope}/app is here, but it was built from other inputs than today's (stale-image)`,
      '  help: `docker-ensure up --force app` builds it anew; `with_hash: true` keeps it up to date',
      '1 image ready: nothing to do (TIME)\n',
    ].join('\n'),
  );
  expect(await images.env(`${scope}/app`)).toMatchObject({ BASE: 'old' });

  expect(fates(succeeded(await up(['--force', 'app'])))).toEqual({ app: 'build' });
  expect(await images.env(`${scope}/app`)).toMatchObject({ BASE: 'new' });
  expect(succeeded(await run(['up'])).stderr).not.toContain('warning');
});

test('where there is nothing to do, one docker call tells so for all images', async ({
  project,
  engine,
  scope,
}) => {
  const { up, run } = await project({
    'ensure.yaml': manifest(scope),
    'base.Dockerfile': baseOf('base'),
    Dockerfile: `FROM ${scope}/base:1\n`,
  });
  const { result } = succeeded(await up());
  // The first look at an image without a hash in its tag reads its label, and remembers it.
  succeeded(await run(['up']));

  const docker = await spyOnDocker(engine);
  const { stderr } = succeeded(await run(['--debug', 'up'], { env: docker.env }));
  const filters = result.images.flatMap(({ ref }) => ['--filter', `reference=${ref}`]);
  const call = ['image', 'ls', '--no-trunc', '--format', '{{json .}}', ...filters];
  expect(await docker.calls()).toEqual([call]);
  expect(stderr.split('\n').filter((line) => line.startsWith('$ '))).toEqual([
    `$ docker image ls --no-trunc --format '{{json .}}' ${filters.join(' ')}`,
  ]);
});
