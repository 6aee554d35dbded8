import { expect } from 'vitest';
import { fates, succeeded, test } from '../rig/engine-test.ts';
import { commitAll } from '../rig/seen-tree.ts';

test('a monorepo: an included matrix of what git tracks, on a base that nobody lists', async ({
  project,
  images,
  scope,
}) => {
  const { folder, up, write } = await project({
    'ensure.yaml': `
      include: [services/*/ensure.yaml]
      groups: { all: [base, api] }
      defaults: { with_hash: true }
      images:
        base: { name: ${scope}/base, build: { directory: base } }
    `,
    'base/Dockerfile': 'FROM docker-ensure-seed:1\nCOPY lib /lib.txt\n',
    'base/lib': 'one',
    'services/api/ensure.yaml': `
      images:
        api:
          matrix: { kind: [slim, fat] }
          name: ${scope}/api
          version: "\${matrix.kind}\${git:tag:-}"
          with_hash: true
          build: { files: { tracked: true }, build_args: { KIND: "\${matrix.kind}" } }
    `,
    'services/api/Dockerfile': `FROM ${scope}/base\nARG KIND\nENV KIND=$KIND\nCOPY src /src\n`,
    'services/api/src/main': 'main',
  });
  await commitAll(folder);
  await write({ 'services/api/src/leftover': 'not for others' });

  const first = succeeded(await up(['all']));
  expect(fates(first)).toEqual({ base: 'build', 'api-slim': 'build', 'api-fat': 'build' });
  const fat = first.result.images.find(({ image }) => image === 'api-fat')?.ref ?? '';
  expect(fat).toMatch(/\/api:fat-[0-9a-f]{16}$/);
  expect(await images.run(fat, 'echo $KIND $(cat /lib.txt /src/main) $(ls /src)')).toBe(
    'fat onemain main',
  );

  // From the folder of a service it is the same graph; what git does not track is no input.
  await write({ 'services/api/src/leftover': 'changed' });
  const again = succeeded(await up(['api'], { cwd: `${folder}/services/api` }));
  expect(fates(again)).toEqual({ 'api-slim': 'none', 'api-fat': 'none' });

  await write({ 'services/api/src/main': 'edited' });
  expect(fates(succeeded(await up(['all'])))).toEqual({
    base: 'none',
    'api-slim': 'build',
    'api-fat': 'build',
  });
  await write({ 'base/lib': 'two' });
  expect(fates(succeeded(await up(['all'])))).toEqual(fates(first));
});
