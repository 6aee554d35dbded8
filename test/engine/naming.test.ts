import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { contentsOf, fates, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

test('prepend_server: the image is here by its own name and by the name its registry has it by', async ({
  project,
  registry,
  images,
  scope,
}) => {
  const { up } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      defaults: { registry: team, version: 1, build: { files: nothing } }
      images:
        both: { name: ${scope}/both, build: {} }
        one: { name: "${registry.host}/${scope}/one", prepend_server: false, build: {} }
        unpushed: { name: ${scope}/unpushed, remote_policy: none, build: {} }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
  });

  const { result } = succeeded(await up());
  const host = `${registry.host}/${scope}`;
  expect(result.images).toMatchObject([
    { ref: `${scope}/both:1`, registry_ref: `${host}/both:1` },
    { ref: `${host}/one:1`, registry_ref: `${host}/one:1` },
    { ref: `${scope}/unpushed:1`, registry_ref: `${host}/unpushed:1` },
  ]);
  expect(await images.list()).toEqual([
    `${host}/both:1`,
    `${host}/one:1`,
    `${host}/unpushed:1`,
    `${scope}/both:1`,
    `${scope}/unpushed:1`,
  ]);
  expect(await images.id(`${host}/both:1`)).toBe(await images.id(`${scope}/both:1`));
  expect(await contentsOf(registry, scope)).toEqual([`${scope}/both:1`, `${scope}/one:1`]);

  // Here by the registry's name alone, it need not be pulled: it gets its own name back.
  await images.remove(`${scope}/both:1`);
  expect(fates(succeeded(await up(['both'])))).toEqual({ both: 'none' });
  expect(await images.id(`${scope}/both:1`)).toBe(await images.id(`${host}/both:1`));
});

/** A docker that has nothing, and whose Docker Hub has nothing but takes everything. */
const EMPTY_HUB = `
case $1 in
  pull) echo "Error response from daemon: manifest for $3 not found: manifest unknown" >&2; false ;;
  login) cat >"$notes/password" ;;
  buildx)
    while [ "$1" != --metadata-file ]; do shift; done
    echo '{"image":{"containerimage.digest":"sha256:feed"}}' >"$2" ;;
esac`;

it('a registry without a server is Docker Hub: no name gets a prefix', async ({
  project,
  engine,
  scope,
}) => {
  const { up, run } = await project({
    'ensure.yaml': `
      registries: { hub: { username: robot, password: secret-word } }
      images:
        app: { name: ${scope}/app, version: 1, registry: hub, build: { files: nothing } }
        lone: { name: lone, registry: hub, build: { files: nothing } }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\n',
  });
  const docker = await spyOnDocker(engine, { instead: EMPTY_HUB });

  const { result } = succeeded(await up(['--jobs', '1'], { env: docker.env }));
  expect(result.images).toMatchObject([
    { action: 'build', push: true, ref: `${scope}/app:1`, registry_ref: `${scope}/app:1` },
    { action: 'build', push: true, ref: 'lone', registry_ref: 'lone' },
  ]);
  expect(succeeded(await run(['ref', '--registry', 'lone'])).stdout).toBe('lone\n');

  const calls = await docker.calls();
  const called = (verb: string) => calls.filter(([first]) => first === verb);
  expect(called('login')).toEqual([['login', '--username', 'robot', '--password-stdin']]);
  expect(called('pull').toSorted()).toEqual([
    ['pull', '--quiet', `${scope}/app:1`],
    ['pull', '--quiet', 'lone'],
  ]);
  expect(called('tag')).toEqual([]);
  expect(called('push').toSorted()).toEqual([
    ['push', '--quiet', `${scope}/app:1`],
    ['push', '--quiet', 'lone'],
  ]);
});

it('ref tells the reference without docker', async ({ project, registry, scope }) => {
  const { run, folder } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${registry.host}" } }
      images:
        app:
          name: ${scope}/app
          version: 2
          with_hash: true
          registry: team
          build: { dockerfile_inline: "FROM scratch" }
        tool: { name: ${scope}/tool }
    `,
    'deep/er/file': '',
  });
  const empty = join(folder, 'empty');
  await mkdir(empty);
  const env = { PATH: empty, DOCKER_HOST: 'unix:///nowhere' };
  const ref = async (...args: string[]) =>
    succeeded(await run(['ref', ...args], { env, cwd: join(folder, 'deep/er') }));

  const app = await ref('app');
  expect(app).toMatchObject({ stderr: '' });
  expect(app.stdout).toMatch(new RegExp(`^${scope}/app:2-[0-9a-f]{16}\n$`));
  expect((await ref('--registry', 'app')).stdout).toBe(`${registry.host}/${app.stdout}`);
  expect((await ref('tool')).stdout).toBe(`${scope}/tool\n`);
  expect((await ref('--registry', 'tool')).stdout).toBe(`${scope}/tool\n`);
});
