import { expect } from 'vitest';
import { fates, succeeded } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

it('an interval changes the hash when, and only when, a new one begins', async ({
  project,
  scope,
}) => {
  const { run } = await project({
    'ensure.yaml': `
      defaults: { with_hash: true }
      images:
        daily: { name: ${scope}/daily, build: { interval: 1d } }
        shifted:
          name: ${scope}/shifted
          build: { interval: { every: 12h, offset: "2020-01-01T05:30:00Z" } }
        never: { name: ${scope}/never, build: {} }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
  });
  /** What is hashed of the interval at a time. */
  const epochs = async (at: string, env = {}) => {
    const args = at === '' ? [] : ['--at', at];
    const documents = ['daily', 'shifted', 'never'].map(async (image) => {
      const { stdout } = succeeded(await run([...args, 'inputs', image], { env }));
      return JSON.parse(stdout).interval;
    });
    return Promise.all(documents);
  };

  // 8,766 days after 2000-01-01; 2,922 half days after the offset.
  const day = { every: 86_400, epoch: 8766 };
  const half = { every: 43_200, epoch: 2922 };
  expect(await epochs('2024-01-01T05:30:00Z')).toEqual([day, half, undefined]);
  expect(await epochs('2024-01-01T05:29:59Z')).toEqual([
    day,
    { ...half, epoch: half.epoch - 1 },
    undefined,
  ]);
  expect(await epochs('', { DOCKER_ENSURE_AT: '2024-01-02T00:00:00Z' })).toEqual([
    { ...day, epoch: day.epoch + 1 },
    { ...half, epoch: half.epoch + 1 },
    undefined,
  ]);
});

it('with a new interval the image is built anew, and so is what is built on it', async ({
  project,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      defaults: { build: { files: nothing } }
      images:
        base: { name: ${scope}/base, build: { dockerfile: base.Dockerfile, interval: 1d } }
        app: { name: ${scope}/app, with_hash: true, build: { parents: [base] } }
        other: { name: ${scope}/other, with_hash: true, build: { dockerfile: base.Dockerfile } }
    `,
    'base.Dockerfile': 'FROM docker-ensure-seed:1\nENV BASE=base\n',
    Dockerfile: `FROM ${scope}/base\n`,
  });
  const at = async (time: string) => {
    const run = await up([], { env: { DOCKER_ENSURE_AT: time } });
    return { fates: fates(succeeded(run)), app: run.result.images[1]?.ref ?? '' };
  };

  const morning = await at('2024-05-05T08:00:00Z');
  const evening = await at('2024-05-05T20:00:00Z');
  expect(evening).toEqual({
    app: morning.app,
    fates: { base: 'none', app: 'none', other: 'none' },
  });
  // The base has no hash in its tag: it is built anew because the app's hash names today's inputs.
  const next = await at('2024-05-06T08:00:00Z');
  expect(next.fates).toEqual({ base: 'build', app: 'build', other: 'none' });
  expect(next.app).not.toBe(morning.app);
  const { 'dev.docker-ensure.inputs': inputs } = await images.labels(`${scope}/base`);
  expect(JSON.parse(inputs ?? '').interval).toEqual({ every: 86_400, epoch: 8892 });
});
