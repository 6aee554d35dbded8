import { expect } from 'vitest';
import { test } from '../rig/engine-test.ts';

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

  const first = await up();
  expect(first.exitCode, first.stderr).toBe(0);
  expect(first.result.images).toMatchObject([
    { image: 'app', ref: `${scope}/app`, action: 'build', outcome: 'done', push: false },
  ]);
  const id = await images.id(`${scope}/app:latest`);
  expect(await images.run(`${scope}/app`, 'cat /said')).toBe('built once');

  const second = await up();
  expect(second.exitCode).toBe(0);
  expect(second.result.images).toMatchObject([{ action: 'none', reason: 'already here' }]);
  expect(await images.id(`${scope}/app`)).toBe(id);

  const third = await run(['up']);
  expect(third).toMatchObject({ exitCode: 0, stdout: '' });
  expect(third.stderr).toMatch(/^1 image ready: nothing to do \(.*\)\n$/);
});
