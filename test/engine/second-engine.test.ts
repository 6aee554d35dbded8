import { afterAll, beforeAll, expect, inject } from 'vitest';
import { type Engine, engineFor } from '../rig/engine/index.ts';
import {
  contentsOf,
  endedWith,
  fates,
  imagesOf,
  randomName,
  succeeded,
  test,
} from '../rig/engine-test.ts';
import { makeProject } from '../rig/project.ts';

let other: Engine;

/** Another machine: an engine that has nothing, not even the seed image. */
beforeAll(async () => {
  const store = inject('store');
  other = await engineFor({ name: `second-${store}-${randomName()}`.slice(0, 24), store });
});
afterAll(() => other.stop());

test('what one machine built and pushed, another one pulls: it builds nothing, and no parents', async ({
  project,
  registry,
  images,
  scope,
}) => {
  const files = {
    'ensure.yaml': `
      registries:
        team: { server: "${registry.host}" }
      defaults: { registry: team, with_hash: true }
      images:
        base:
          name: ${scope}/base
          build: { dockerfile: base.Dockerfile, files: nothing }
        app:
          name: ${scope}/app
          version: 1
          build: { directory: app, parents: [base] }
    `,
    'base.Dockerfile': 'FROM docker-ensure-seed:1\nENV BASE=base\n',
    'app/Dockerfile': `FROM ${scope}/base\nCOPY . /c\n`,
    'app/note': 'from the first machine',
  };

  const first = succeeded(await (await project(files)).up());
  expect(fates(first)).toEqual({ base: 'build+push', app: 'build+push' });
  const [base, app] = first.result.images.map(({ ref }) => ref);
  expect(await contentsOf(registry, scope)).toEqual([app, base]);

  // A borrowed engine is one and the same: then the second machine is played by emptying it.
  if (!other.private) await images.remove();
  const there = imagesOf(other, scope);
  expect(await there.list()).toEqual([]);
  const second = await makeProject(files, { env: other.env });
  const pulled = succeeded(await second.up(['app']));
  expect(fates(pulled)).toEqual({ app: 'pull' });
  expect(pulled.result.images[0]).toMatchObject({ ref: app, reason: 'not here' });
  expect(await there.list()).toEqual([`${registry.host}/${app}`, app]);
  expect(await there.run(app ?? '', 'echo $BASE; cat /c/note')).toBe(
    'base\nfrom the first machine',
  );

  expect(fates(succeeded(await second.up()))).toEqual({ base: 'pull', app: 'none' });
  expect(fates(succeeded(await second.up()))).toEqual({ base: 'none', app: 'none' });
});

test('an engine that has died is reported in one line, with what to do', async ({ scope }) => {
  const { run } = await makeProject(
    {
      'ensure.yaml': `images:\n  app: { name: ${scope}/app, build: {} }\n`,
      Dockerfile: 'FROM scratch\n',
    },
    { env: other.private ? other.env : { ...other.env, DOCKER_HOST: 'tcp://127.0.0.1:1' } },
  );
  if (other.private) await other.kill();

  const { stdout, stderr } = endedWith(3, await run(['up', '--json']));
  expect(stdout).toBe('');
  expect(stderr).toMatch(
    /^error: docker does not answer(: .*)?\n {2}help: start the Docker engine, .*\n$/,
  );
});
