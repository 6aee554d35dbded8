import { expect } from 'vitest';
import { fates, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn('containerd');

test('an image is built when it is absent, and left alone when it is present', async ({
  project,
  images,
  scope,
}) => {
  const { up, run } = await project({
    'ensure.yaml': `
      images:
        app:
          name: ${scope}/app
          build: {}
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\nRUN echo "built once" >/said\n',
  });

  const first = succeeded(await up());
  expect(first.result.images).toMatchObject([
    { image: 'app', ref: `${scope}/app`, registry_ref: null, action: 'build', outcome: 'done' },
  ]);
  const id = await images.id(`${scope}/app:latest`);
  expect(await images.read(`${scope}/app`, '/said')).toBe('built once');

  const second = succeeded(await up());
  expect(second.result.images).toMatchObject([{ action: 'none', reason: 'already here' }]);
  expect(await images.id(`${scope}/app`)).toBe(id);

  const third = succeeded(await run(['up']));
  expect(third.stdout).toBe('');
  expect(third.stderr).toMatch(/^1 image ready: nothing to do \(.*\)\n$/);
});

it('only the images that are named are ensured', async ({ project, images, scope }) => {
  const { up } = await project({
    'ensure.yaml': `
      images:
        one: { name: ${scope}/one, build: { files: nothing } }
        two: { name: ${scope}/two, build: { files: nothing } }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
  });

  expect(fates(succeeded(await up(['two'])))).toEqual({ two: 'build' });
  expect(await images.list()).toEqual([`${scope}/two:latest`]);
  expect(fates(succeeded(await up()))).toEqual({ one: 'build', two: 'none' });
});

test('the image carries the hash and the inputs document that it was built from', async ({
  project,
  images,
  scope,
}) => {
  const { up, run } = await project({
    'ensure.yaml': `
      images:
        app:
          name: ${scope}/app
          build:
            build_args: { QUOTES: "it's \\"so\\"" }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\nLABEL own=kept\n',
  });

  const { result } = succeeded(await up());
  const { stdout: inputs } = succeeded(await run(['inputs', 'app']));
  expect(await images.labels(`${scope}/app`)).toEqual({
    own: 'kept',
    'dev.docker-ensure.hash': result.images[0]?.hash,
    'dev.docker-ensure.inputs': inputs,
  });
});
