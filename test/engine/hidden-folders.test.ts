import { join } from 'node:path';
import { expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { endedWith, fates, succeeded, test } from '../rig/engine-test.ts';
import { mayMount } from '../rig/file-systems.ts';

test('a docker that sees no hidden folders: the failure names the folder and the variable, and that helps', async ({
  project,
  engine,
  scope,
}) => {
  if (!mayMount()) return;
  const { up, folder } = await project({
    'ensure.yaml': `
      images:
        app: { name: ${scope}/app, build: { dockerfile_inline: "FROM scratch\\nCOPY word /\\n" } }
        more:
          name: ${scope}/more
          build:
            files: nothing
            secrets: [{ id: key, src: .hidden/key }]
            dockerfile_inline: "FROM docker-ensure-seed:1\\nRUN --mount=type=secret,id=key true\\n"
    `,
    word: 'word',
    '.hidden/key': 'key',
  });
  const hidden = join(folder, '.hidden');
  const docker = await spyOnDocker(engine, {
    instead: `exec unshare --mount sh -c 'mount -t tmpfs none "$1"; shift; exec "$@"' - '${hidden}' "$real" "$@"`,
  });
  const within = (cache: string) => ({ env: { ...docker.env, DOCKER_ENSURE_CACHE: cache } });
  const told = (path: string) =>
    new RegExp(`help: docker does not see ${path}\\S*, which is there .*: (.*)`);

  const failed = endedWith(1, await up(['app'], within(join(hidden, 'cache'))));
  expect(failed.result.images[0]?.error?.code).toBe('build-failed');
  expect(told(join(hidden, 'cache')).exec(failed.stderr)?.[1]).toBe(
    'set DOCKER_ENSURE_CACHE to a folder that it sees, such as one in your home whose name does not begin with a dot',
  );

  const seen = within(join(folder, 'seen'));
  expect(fates(succeeded(await up(['app'], seen)))).toEqual({ app: 'build' });
  const secret = endedWith(1, await up(['more'], seen));
  expect(told(join(hidden, 'key')).exec(secret.stderr)?.[1]).toBe('put it where docker sees it');
});
