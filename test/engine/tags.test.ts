import { expect } from 'vitest';
import { contentsOf, endedWith, fates, succeeded, test } from '../rig/engine-test.ts';

test('tags: moved and pushed once every image has succeeded, and only then', async ({
  project,
  registry,
  images,
  scope,
}) => {
  const { host } = registry;
  const { up, write } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${host}" } }
      defaults: { registry: team, with_hash: true, build: { files: nothing } }
      images:
        app: { name: ${scope}/app, tags: [latest, "\${BRANCH:-}"], build: {} }
        other: { name: ${scope}/other, build: { dockerfile: Other } }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\nENV N=1\n',
    Other: 'FROM docker-ensure-seed:1\nRUN false\n',
  });
  const tagsThere = async () =>
    (await contentsOf(registry, scope)).filter((name) => /:(latest|main)$/.test(name));

  // An image fails: the other one is built and pushed, and no tag moves.
  const failed = endedWith(1, await up(['--keep-going']));
  expect(fates(failed)).toEqual({ app: 'build+push', other: 'failed' });
  expect(failed.result.images.map(({ tag }) => tag)).toEqual([[], []]);
  expect(await tagsThere()).toEqual([]);
  expect(await images.id(`${scope}/app:latest`)).toBeNull();

  await write({ Other: 'FROM docker-ensure-seed:1\n' });
  const plan = succeeded(await up(['--dry-run'], { env: { BRANCH: 'main' } }));
  expect(await tagsThere()).toEqual([]);
  const all = succeeded(await up([], { env: { BRANCH: 'main' } }));
  expect(all.result.images[0]?.tag).toEqual([
    `${host}/${scope}/app:latest`,
    `${host}/${scope}/app:main`,
  ]);
  expect(plan.result.images[0]?.tag).toEqual(all.result.images[0]?.tag);
  expect(all.stderr).toContain('2 tags moved');
  expect(await tagsThere()).toEqual([`${scope}/app:latest`, `${scope}/app:main`]);
  const first = all.result.images[0]?.ref ?? '';
  for (const tag of ['latest', 'main'])
    expect(await images.id(`${scope}/app:${tag}`)).toBe(await images.id(first));

  // Nothing to do, nothing to move.
  expect(succeeded(await up()).result.images[0]?.tag).toEqual([]);

  // Another content moves them. The old one again moves nothing: it was published long ago.
  await write({ Dockerfile: 'FROM docker-ensure-seed:1\nENV N=2\n' });
  expect(succeeded(await up()).result.images[0]?.tag).toHaveLength(1);
  expect(await images.id(`${scope}/app:latest`)).not.toBe(await images.id(first));
  await write({ Dockerfile: 'FROM docker-ensure-seed:1\nENV N=1\n' });
  const back = succeeded(await up());
  expect(fates(back)).toEqual({ app: 'none', other: 'none' });
  expect(back.result.images[0]?.tag).toEqual([]);
  expect(await images.id(`${scope}/app:latest`)).not.toBe(await images.id(first));

  // But it does where that is asked for, once, and the plan says so.
  const latest = `${host}/${scope}/app:latest`;
  const asked = succeeded(await up(['--tag-all', '--dry-run']));
  const moved = succeeded(await up(['--tag-all']));
  expect([asked, moved].map(({ result }) => result.images[0]?.tag)).toEqual([[latest], [latest]]);
  expect(await images.id(`${scope}/app:latest`)).toBe(await images.id(first));
  expect(succeeded(await up(['--tag-all'])).result.images[0]?.tag).toEqual([]);

  // Nor does what is pulled.
  await images.remove();
  const pulled = succeeded(await up(['app']));
  expect([fates(pulled), pulled.result.images[0]?.tag]).toEqual([{ app: 'pull' }, []]);
  expect(await images.id(`${scope}/app:latest`)).toBeNull();
});

test('tags: moved in the registry alone where the image need be nowhere else', async ({
  project,
  registry,
  engine,
  images,
  scope,
}) => {
  const dockerfile = (n: number) => `FROM docker-ensure-seed:1\nENV N=${n}\n`;
  const { up, write } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      images:
        app:
          { name: ${scope}/app, registry: team, with_hash: true, tags: [latest], build: { files: nothing } }
    `,
    Dockerfile: dockerfile(1),
  });
  const [first] = succeeded(await up()).result.images;
  await write({ Dockerfile: dockerfile(2) });
  succeeded(await up());
  await images.remove();

  await write({ Dockerfile: dockerfile(1) });
  const latest = `${registry.host}/${scope}/app:latest`;
  const moved = succeeded(await up(['--require', 'registry', '--tag-all']));
  expect([fates(moved), moved.result.images[0]?.tag]).toEqual([{ app: 'none' }, [latest]]);
  expect(await images.list()).toEqual([]);
  const idle = succeeded(await up(['--require', 'registry', '--tag-all']));
  expect(idle.result.images[0]?.tag).toEqual([]);

  const pulled = await engine.docker(['pull', '--quiet', latest]);
  expect(pulled.exitCode, pulled.stderr).toBe(0);
  expect((await images.labels(latest))['dev.docker-ensure.hash']).toBe(first?.hash);
});
