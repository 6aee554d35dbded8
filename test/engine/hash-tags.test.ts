import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { fates, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

test('with_hash: a changed Dockerfile gives another tag, and only what depends on it is rebuilt', async ({
  project,
  images,
  scope,
}) => {
  const { up, write } = await project({
    'ensure.yaml': `
      defaults: { with_hash: true, build: { files: nothing } }
      images:
        base: { name: ${scope}/base, build: { dockerfile: base.Dockerfile } }
        app: { name: ${scope}/app, build: { dockerfile: app.Dockerfile, parents: [base] } }
        other: { name: ${scope}/other, build: { dockerfile: other.Dockerfile } }
    `,
    'base.Dockerfile': 'FROM docker-ensure-seed:1\nENV BASE=one\n',
    'app.Dockerfile': `FROM ${scope}/base\nENV APP=app\n`,
    'other.Dockerfile': 'FROM docker-ensure-seed:1\nENV OTHER=other\n',
  });
  const before = succeeded(await up());
  expect(fates(before)).toEqual({ base: 'build', app: 'build', other: 'build' });

  await write({ 'base.Dockerfile': 'FROM docker-ensure-seed:1\nENV BASE=two\n' });
  const after = succeeded(await up());
  expect(fates(after)).toEqual({ base: 'build', app: 'build', other: 'none' });
  const refs = [before, after].map(({ result }) => result.images.map(({ ref }) => ref));
  const [[base1, app1, other1] = [], [base2, app2, other2] = []] = refs;
  expect(other2).toBe(other1);
  expect(await images.list()).toEqual([base1, app1, other1, base2, app2].sort());
  expect(await images.env(app1 ?? '')).toMatchObject({ BASE: 'one', APP: 'app' });
  expect(await images.env(app2 ?? '')).toMatchObject({ BASE: 'two', APP: 'app' });

  await write({ 'base.Dockerfile': 'FROM docker-ensure-seed:1\nENV BASE=one\n' });
  const back = succeeded(await up());
  expect(fates(back)).toEqual({ base: 'none', app: 'none', other: 'none' });
  expect(back.result.images.map(({ ref }) => ref)).toEqual([base1, app1, other1]);
});

test('the tag is the version, the first hash_len digits of the hash, or both', async ({
  project,
  images,
  scope,
}) => {
  const { up, run } = await project({
    'ensure.yaml': `
      defaults: { build: { files: nothing } }
      images:
        bare: { name: ${scope}/bare, build: {} }
        version: { name: ${scope}/version, version: 1.40, build: {} }
        hash: { name: ${scope}/hash, with_hash: true, build: {} }
        both: { name: ${scope}/both, version: 1.40, with_hash: true, build: {} }
        short: { name: ${scope}/short, with_hash: true, hash_len: 4, build: {} }
        long: { name: ${scope}/long, with_hash: true, hash_len: 64, build: {} }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
  });

  const { stdout: inputs } = succeeded(await run(['inputs', 'hash']));
  const hash = createHash('sha256').update(inputs).digest('hex');
  const tags = {
    bare: 'latest',
    version: '1.40',
    hash: hash.slice(0, 16),
    both: `1.40-${hash.slice(0, 16)}`,
    short: hash.slice(0, 4),
    long: hash,
  };
  const { result } = succeeded(await up());
  expect(result.images.map((image) => image.hash)).toEqual(Array(6).fill(hash));
  expect(await images.list()).toEqual(
    Object.entries(tags)
      .map(([name, tag]) => `${scope}/${name}:${tag}`)
      .sort(),
  );
});

it('metadata changes the hash and nothing else', async ({ project, engine, scope }) => {
  const { up } = await project({
    'ensure.yaml': `
      defaults: { with_hash: true, build: { files: nothing } }
      images:
        plain: { name: ${scope}/plain, build: {} }
        text: { name: ${scope}/text, build: { metadata: reason 1 } }
        map: { name: ${scope}/map, build: { metadata: { reason: "1" } } }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\nRUN echo content >/file\n',
  });

  const { result } = succeeded(await up());
  expect(new Set(result.images.map(({ hash }) => hash)).size).toBe(3);
  const layers = await Promise.all(
    result.images.map(({ ref }) =>
      engine.docker(['image', 'inspect', '--format', '{{json .RootFS.Layers}}', ref]),
    ),
  );
  expect(new Set(layers.map(({ stdout }) => stdout)).size).toBe(1);
});

it('the platform is part of every hash and is passed to every build', async ({
  project,
  scope,
}) => {
  const { run } = await project({
    'ensure.yaml': `
      defaults: { with_hash: true, build: { files: nothing } }
      images:
        usual: { name: ${scope}/usual, build: {} }
        fixed: { name: ${scope}/fixed, build: { platforms: [linux/amd64] } }
    `,
    Dockerfile: 'FROM scratch\nLABEL of=nothing\n',
  });
  const ref = async (image: string, args: string[], env = {}) =>
    succeeded(await run([...args, 'ref', image], { env })).stdout;

  const arm = await ref('usual', ['--platform', 'linux/arm64']);
  const amd = await ref('usual', ['--platform', 'x86_64']);
  expect(arm).not.toBe(amd);
  expect(await ref('usual', [], { DOCKER_DEFAULT_PLATFORM: 'linux/arm64/v8' })).toBe(arm);
  expect(await ref('fixed', ['--platform', 'linux/arm64'])).toBe(await ref('fixed', []));

  const built = succeeded(await run(['--debug', '--platform', 'linux/arm64', 'up']));
  const platforms = [...built.stderr.matchAll(/^ +platforms = \["(.+)"\]$/gm)];
  expect(platforms.map(([, platform]) => platform).sort()).toEqual(['linux/amd64', 'linux/arm64']);
  expect(built.stderr).toContain(`usual  building  ${arm.trim()} `);
});
