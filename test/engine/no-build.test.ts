import { expect } from 'vitest';
import { endedWith, fates, pushAs, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn('containerd');

const SEED = 'docker-ensure-seed:1';

test('an image without a build is left alone when here, else pulled by its registry or by its own name', async ({
  project,
  engine,
  registry,
  images,
  scope,
}) => {
  await engine.docker(['tag', SEED, `${scope}/here:1`]);
  await pushAs(engine, SEED, `${registry.host}/${scope}/pulled:1`);
  await pushAs(engine, SEED, `${registry.host}/${scope}/own:1`);
  const { up } = await project({
    'ensure.yaml': `
      registries:
        team: { server: "${registry.host}" }
      images:
        here: { name: ${scope}/here, version: 1 }
        pulled: { name: ${scope}/pulled, version: 1, registry: team }
        own: { name: "${registry.host}/${scope}/own", version: 1 }
    `,
  });

  const first = succeeded(await up());
  expect(fates(first)).toEqual({ here: 'none', pulled: 'pull', own: 'pull' });
  expect(first.result.images).toMatchObject([
    { ref: `${scope}/here:1`, registry_ref: null, hash: null },
    { ref: `${scope}/pulled:1`, registry_ref: `${registry.host}/${scope}/pulled:1`, hash: null },
    { ref: `${registry.host}/${scope}/own:1`, registry_ref: null, hash: null },
  ]);
  expect(await images.list()).toEqual([
    `${registry.host}/${scope}/own:1`,
    `${registry.host}/${scope}/pulled:1`,
    `${scope}/here:1`,
    `${scope}/pulled:1`,
  ]);
  expect(await images.run(`${scope}/pulled:1`, 'echo runs')).toBe('runs');

  expect(fates(succeeded(await up()))).toEqual({ here: 'none', pulled: 'none', own: 'none' });
});

test('an image without a build that is nowhere is a clear error', async ({
  project,
  registry,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      registries:
        team: { server: "${registry.host}" }
      images:
        gone: { name: ${scope}/gone, version: 1, registry: team }
        kept_away: { name: ${scope}/away, version: 1, registry: team, remote_policy: none }
    `,
  });

  const { stderr, result } = endedWith(1, await up(['--keep-going']));
  expect(result.images).toMatchObject([
    {
      outcome: 'failed',
      error: {
        code: 'not-found',
        message: `${scope}/gone:1 cannot be had: neither here nor in the registry, and it has no \`build\` in the manifest`,
      },
    },
    {
      outcome: 'failed',
      error: {
        code: 'not-found',
        message: `${scope}/away:1 cannot be had: not here, and it has no \`build\` in the manifest`,
      },
    },
  ]);
  expect(stderr).toContain('check its name, version and registry in the manifest');
  expect(stderr).toContain('remote_policy: none forbids it');
  expect(await images.list()).toEqual([]);
});

test('a registry that does not answer is not taken for one that has no such image', async ({
  project,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      registries:
        nobody: { server: "127.0.0.1:1" }
      images:
        tool: { name: ${scope}/tool, version: 1, registry: nobody }
        app: { name: ${scope}/app, registry: nobody, build: { files: nothing } }
    `,
    Dockerfile: `FROM ${SEED}\n`,
  });

  const { result, stderr } = endedWith(1, await up(['--keep-going']));
  expect(result.images).toMatchObject([
    { image: 'tool', outcome: 'failed', error: { code: 'registry-unreachable' } },
    { image: 'app', outcome: 'failed', error: { code: 'registry-unreachable' } },
  ]);
  expect(stderr).toContain(`the registry could not say whether it has 127.0.0.1:1/${scope}/app: `);
  expect(await images.list()).toEqual([]);
});

it('with_hash without a build is an error of the manifest', async ({ project, scope }) => {
  const { run } = await project({
    'ensure.yaml': `images:\n  tool:\n    name: ${scope}/tool\n    with_hash: true\n`,
  });

  const { stdout, stderr } = endedWith(2, await run(['up', '--json']));
  expect(stdout).toBe('');
  expect(stderr).toContain('`with_hash` needs a `build`: there is nothing to hash');
  expect(stderr).toContain('ensure.yaml:4:16');
});
