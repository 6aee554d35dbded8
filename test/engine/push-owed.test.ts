import { expect } from 'vitest';
import { contentsOf, endedWith, fates, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn('containerd');

it('what a run may not push, the next one that may pushes, with its further tags', async ({
  project,
  registry,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      images:
        app: { name: ${scope}/app, version: 1, tags: [latest], registry: team, build: { files: nothing } }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
  });
  for (const fate of ['build', 'none'])
    expect(fates(succeeded(await up(['--no-push'])))).toEqual({ app: fate });
  expect(await contentsOf(registry, scope)).toEqual([]);

  const next = succeeded(await up());
  expect(fates(next)).toEqual({ app: 'none+push' });
  expect(next.result.images[0]?.tag).toEqual([`${registry.host}/${scope}/app:latest`]);
  expect(await contentsOf(registry, scope)).toEqual([`${scope}/app:1`, `${scope}/app:latest`]);
  expect(fates(succeeded(await up()))).toEqual({ app: 'none' });
});

test('an image that could not be pushed is here, and the next run pushes it', async ({
  project,
  registry,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      images:
        app:
          name: ${scope}/app
          registry: team
          # It is not asked for, so that only the push meets a registry that is down.
          remote_policy: push_only
          build: { files: nothing }
        above: { name: ${scope}/above, build: { parents: [app], dockerfile: Above, files: nothing } }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
    Above: `FROM ${scope}/app\n`,
  });

  await registry.kill();
  const first = endedWith(1, await up());
  expect(first.result.images).toMatchObject([
    {
      image: 'app',
      action: 'build',
      push: true,
      outcome: 'failed',
      error: { code: 'registry-unreachable' },
    },
    { image: 'above', action: 'build', outcome: 'done' },
  ]);
  expect(first.stderr).toContain(
    `${registry.host}/${scope}/app is here, but could not be pushed: `,
  );
  const id = await images.id(`${scope}/app`);
  expect(id).not.toBeNull();

  // As long as the registry is down the debt stays, and is no reason to build again.
  const second = endedWith(1, await up(['app']));
  expect(second.result.images).toMatchObject([
    { action: 'none', push: true, outcome: 'failed', error: { code: 'registry-unreachable' } },
  ]);

  await registry.restart();
  expect(fates(succeeded(await up(['--dry-run', 'app'])))).toEqual({ app: 'none+push' });
  expect(await contentsOf(registry, scope)).toEqual([]);
  const third = succeeded(await up());
  expect(fates(third)).toEqual({ app: 'none+push', above: 'none' });
  expect(third.result.images[0]?.reason).toBe('already here, but not yet in the registry');
  expect(await contentsOf(registry, scope)).toEqual([`${scope}/app:latest`]);
  expect(await images.id(`${scope}/app`)).toBe(id);

  expect(fates(succeeded(await up()))).toEqual({ app: 'none', above: 'none' });
});
