import { expect } from 'vitest';
import { succeeded, test } from '../rig/engine-test.ts';

test('digests are what the registry has, and can be pulled; what it lacks is said', async ({
  project,
  engine,
  registry,
  scope,
}) => {
  const { up, run } = await project({
    'ensure.yaml': `
      registries:
        team: { server: "${registry.host}" }
      defaults: { with_hash: true, registry: team, build: { files: nothing } }
      images:
        app: { name: ${scope}/app, build: { dockerfile_inline: "FROM scratch\\nENV A=1" } }
        gone: { name: ${scope}/gone, build: { dockerfile_inline: "FROM scratch\\nENV A=2" } }
    `,
  });
  succeeded(await up(['app']));

  const { stdout, stderr } = succeeded(await run(['refs', '--digest', 'app']));
  expect({ stdout, stderr }).toEqual({
    stdout: expect.stringMatching(/^app \S+@sha256:[0-9a-f]{64}\n$/),
    stderr: '',
  });
  const pinned = stdout.trim().split(' ')[1] ?? '';
  expect(await engine.docker(['pull', '-q', pinned])).toMatchObject({ exitCode: 0 });
  const json = JSON.parse((await run(['refs', '--digest', '--format', 'json', 'app'])).stdout);
  expect(pinned).toBe(`${json.app.registry_ref}@${json.app.digest}`);

  const failed = await run(['refs', '--digest']);
  expect(failed).toMatchObject({ exitCode: 1, stdout: '' });
  expect(failed.stderr).toMatch(
    /^error: gone: \S+\/gone:[0-9a-f]{16} is not in the registry, so it has no digest there \(not-in-registry\)\n {2}help: have it pushed first: `docker-ensure up`\n$/,
  );
});
