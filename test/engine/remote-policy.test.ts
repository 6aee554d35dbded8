import { expect } from 'vitest';
import { contentsOf, endedWith, fates, pushAs, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

const POLICIES = ['all', 'pull_only', 'push_only', 'none'];

test('remote_policy says whether an image is pulled before it is built, and pushed after', async ({
  project,
  engine,
  registry,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': [
      `registries: { team: { server: "${registry.host}" } }`,
      'defaults: { registry: team, build: { files: nothing } }',
      'images:',
      ...POLICIES.map(
        (policy) =>
          `  ${policy}: { name: ${scope}/${policy}, version: 1, remote_policy: ${policy}, build: {} }`,
      ),
    ].join('\n'),
    Dockerfile: 'FROM docker-ensure-seed:1\n',
  });
  const pushed = [`${scope}/all:1`, `${scope}/push_only:1`];

  // Nothing is there yet: all four are built.
  expect(fates(succeeded(await up()))).toEqual({
    all: 'build+push',
    pull_only: 'build',
    push_only: 'build+push',
    none: 'build',
  });
  expect(await contentsOf(registry, scope)).toEqual(pushed);

  // All four are in the registry, and none is here: those that may be pulled are.
  await images.remove();
  for (const policy of ['pull_only', 'none']) {
    await pushAs(engine, 'docker-ensure-seed:1', `${registry.host}/${scope}/${policy}:1`);
  }
  expect(fates(succeeded(await up()))).toEqual({
    all: 'pull',
    pull_only: 'pull',
    push_only: 'build+push',
    none: 'build',
  });
  const seed = await images.id('docker-ensure-seed:1');
  expect(await images.id(`${scope}/pull_only:1`)).toBe(seed);
  expect(await images.id(`${scope}/none:1`)).not.toBe(seed);
});

it('--no-pull, --no-push and --no-build forbid it for one run', async ({
  project,
  registry,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      images:
        app: { name: ${scope}/app, version: 1, registry: team, build: { files: nothing } }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
  });

  const unbuilt = endedWith(1, await up(['--no-build']));
  expect(unbuilt.result.images[0]?.error).toEqual({
    code: 'not-found',
    message: `${scope}/app:1 cannot be had: neither here nor in the registry, and --no-build forbids to build it`,
  });
  expect(unbuilt.stderr).toContain('run without --no-build to build it');
  expect(await images.list()).toEqual([]);

  expect(fates(succeeded(await up(['--no-push'])))).toEqual({ app: 'build' });
  expect(await contentsOf(registry, scope)).toEqual([]);

  await images.remove();
  expect(fates(succeeded(await up()))).toEqual({ app: 'build+push' });
  await images.remove();
  expect(fates(succeeded(await up(['--no-pull', '--no-push'])))).toEqual({ app: 'build' });
  await images.remove();
  expect(fates(succeeded(await up(['--no-build'])))).toEqual({ app: 'pull' });
});
