import { expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { endedWith, fates, succeeded, test } from '../rig/engine-test.ts';

const dockerfile = (word: string) => `FROM docker-ensure-seed:1\nENV SAID=${word}\n`;

test('force_build builds what is there, and asks no registry first', async ({
  project,
  engine,
  registry,
  images,
  scope,
}) => {
  const { up, write } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      defaults: { registry: team, build: { files: nothing } }
      images:
        usual: { name: ${scope}/usual, build: {} }
        forced: { name: ${scope}/forced, force_build: true, build: {} }
    `,
    Dockerfile: dockerfile('first'),
  });
  const both = { usual: 'build+push', forced: 'build+push' };
  expect(fates(succeeded(await up()))).toEqual(both);

  await write({ Dockerfile: dockerfile('second') });
  const docker = await spyOnDocker(engine);
  const again = succeeded(await up([], { env: docker.env }));
  expect(fates(again)).toEqual({ usual: 'none', forced: 'build+push' });
  expect(again.result.images[1]?.reason).toBe('force_build is set');
  expect(await images.env(`${scope}/usual`)).toMatchObject({ SAID: 'first' });
  expect(await images.env(`${scope}/forced`)).toMatchObject({ SAID: 'second' });
  const verbs = (await docker.calls()).map(([verb]) => verb);
  expect(verbs).toContain('push');
  expect(verbs).not.toContain('pull');
});

test('--force builds the images that are named, and not their parents', async ({
  project,
  images,
  scope,
}) => {
  const { up, run, write } = await project({
    'ensure.yaml': `
      defaults: { build: { files: nothing } }
      images:
        base: { name: ${scope}/base, build: { dockerfile: base.Dockerfile } }
        app: { name: ${scope}/app, build: { dockerfile: app.Dockerfile, parents: [base] } }
        other: { name: ${scope}/other, build: { dockerfile: base.Dockerfile } }
    `,
    'base.Dockerfile': dockerfile('base'),
    'app.Dockerfile': `FROM ${scope}/base\nENV APP=first\n`,
  });
  succeeded(await up());

  await write({ 'app.Dockerfile': `FROM ${scope}/base\nENV APP=second\n` });
  const forced = succeeded(await up(['--force', 'app']));
  expect(forced.result.images).toMatchObject([
    { image: 'base', action: 'none' },
    { image: 'app', action: 'build', reason: 'forced by --force' },
  ]);
  expect(await images.env(`${scope}/app`)).toMatchObject({ SAID: 'base', APP: 'second' });

  const contradiction = endedWith(2, await run(['up', '--force', '--no-build']));
  expect(contradiction.stderr).toContain('--force and --no-build contradict each other');
});
