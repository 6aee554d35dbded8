import { expect } from 'vitest';
import { ACCOUNT, endedWith, fates, succeeded, test } from '../rig/engine-test.ts';

const DOCKERFILE = { Dockerfile: 'FROM scratch\nCOPY a /a\n' };

test('several registries: found in one, copied to the others, and never pushed to a mirror', async ({
  project,
  registry,
  authRegistry,
  images,
  scope,
}) => {
  const manifest = (where: string) => `
    registries:
      team: { server: "${registry.host}" }
      store: { server: "${authRegistry.host}", username: "\${REGISTRY_USER}", password: "\${REGISTRY_PASSWORD}" }
      gone: { server: "127.0.0.1:1", retries: 0 }
    images:
      app: { name: ${scope}/app, with_hash: true, registry: ${where}, tags: [latest], build: {} }
  `;
  const { up, run, write } = await project({
    ...DOCKERFILE,
    'ensure.yaml': manifest('[team, store]'),
    a: '1',
  });
  const env = { REGISTRY_USER: ACCOUNT.username, REGISTRY_PASSWORD: ACCOUNT.password };
  const tags = async () => ({
    team: (await registry.tags(`${scope}/app`)).length,
    store: (await authRegistry.tags(`${scope}/app`)).length,
  });
  const parts = ({ result }: Awaited<ReturnType<typeof up>>) =>
    Object.fromEntries(
      (result.images[0]?.registries ?? []).map(({ registry, action }) => [registry, action]),
    );

  // In neither: built, and pushed to both, the further tag too.
  const first = succeeded(await up([], { env }));
  expect(fates(first)).toEqual({ app: 'build+push' });
  expect(parts(first)).toEqual({ team: 'push', store: 'push' });
  expect(await tags()).toEqual({ team: 2, store: 2 });

  // In the second alone, which is a mirror: copied, and not pulled, where it need only be there.
  await write({ a: '2', 'ensure.yaml': manifest('store') });
  succeeded(await up([], { env }));
  const { ref = '' } = succeeded(await up(['--dry-run'], { env })).result.images[0] ?? {};
  await images.remove();
  await write({
    'ensure.yaml': manifest('[team, { registry: store, remote_policy: pull_only }]'),
  });
  const there = ['--require', 'registry'];
  const planned = succeeded(await up([...there, '--dry-run'], { env }));
  const copied = succeeded(await up(there, { env }));
  expect(parts(planned)).toEqual({ team: 'copy', store: 'none' });
  expect(parts(copied)).toEqual({ team: 'copy', store: 'none' });
  expect(copied.stderr).toContain('1 copied');
  expect(await images.list()).toEqual([]);
  expect(await tags()).toEqual({ team: 3, store: 3 });
  // What has come there is the same: its label says so to the next run, which only looks.
  expect(fates(succeeded(await up(there, { env })))).toEqual({ app: 'none' });

  // A mirror that is down is passed over: nothing is built for want of its answer.
  const down = '[{ registry: gone, remote_policy: pull_only }, team]';
  await write({ 'ensure.yaml': manifest(down) });
  const pulled = succeeded(await up([], { env }));
  expect(parts(pulled)).toEqual({ gone: 'none', team: 'pull' });
  expect(await images.id(ref)).not.toBeNull();

  // But where nobody has it that could tell, that is no reason to build.
  await write({ a: '3' });
  const failed = endedWith(1, await up([], { env }));
  expect(failed.stderr).toContain('could not say whether it has 127.0.0.1:1/');
  const brave = manifest(down).replace('tags:', 'on_registry_error: build, tags:');
  await write({ 'ensure.yaml': brave });
  expect(parts(succeeded(await up([], { env })))).toEqual({ gone: 'none', team: 'push' });
  expect((await run(['refs', '--registry'])).stdout).toContain(
    `app ${registry.host}/${scope}/app:`,
  );
});
