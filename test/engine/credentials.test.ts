import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, inject, onTestFinished } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import type { Engine } from '../rig/engine/index.ts';
import { ACCOUNT, endedWith, fates, leftIn, pushAs, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn('containerd');

const BUILD = { Dockerfile: 'FROM docker-ensure-seed:1\n' };

/** A user's own docker configuration and temporary folder, on an engine. */
async function user(engine: Engine, config: object) {
  const root = await mkdtemp(join(tmpdir(), 'docker-ensure-user-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const [folder, temporary] = [join(root, 'config'), join(root, 'tmp')];
  await mkdir(folder);
  await mkdir(temporary);
  const plugins = join(engine.env.DOCKER_CONFIG ?? '', 'cli-plugins');
  await symlink(plugins, join(folder, 'cli-plugins'));
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify(config));
  return {
    env: { DOCKER_CONFIG: folder, TMPDIR: temporary },
    /** What a run must leave as it was. (buildx keeps notes of its own beside the file.) */
    state: async () => ({
      config: await readFile(file, 'utf8'),
      changed: (await stat(file)).mtimeMs,
      temporary: await leftIn(temporary),
    }),
  };
}

test('a run logs in once, only if it has to, with the password on stdin and nowhere else', async ({
  project,
  engine,
  authRegistry,
  images,
  scope,
}) => {
  const { host } = authRegistry;
  const { run, up } = await project({
    'ensure.yaml': `
      registries:
        team: { server: "${host}", username: "\${REGISTRY_USER}", password: "\${REGISTRY_PASSWORD}" }
        unused: { server: "127.0.0.1:1", username: somebody, password: else-entirely }
      defaults: { registry: team, build: { files: nothing } }
      images:
        one:
          name: ${scope}/one
          build: { cache: registry, dockerfile_inline: "FROM docker-ensure-seed:1\\nWORKDIR /w" }
        two: { name: ${scope}/two, build: {} }
    `,
    ...BUILD,
  });
  const { env, state } = await user(engine, { auths: {}, own: 'kept' });
  const before = await state();
  const docker = await spyOnDocker(engine, { watchProcesses: true });
  const whole = {
    env: {
      ...env,
      ...docker.env,
      REGISTRY_USER: ACCOUNT.username,
      REGISTRY_PASSWORD: ACCOUNT.password,
    },
  };

  const first = succeeded(await run(['--debug', 'up'], whole));
  // BuildKit has the same login for the cache, where the store can write one.
  const cache = inject('store') === 'classic' ? [] : ['buildcache-one'];
  expect(await authRegistry.tags(`${scope}/one`)).toEqual([...cache, 'latest']);
  expect(await authRegistry.tags(`${scope}/two`)).toEqual(['latest']);
  const logins = (await docker.calls()).filter(([verb]) => verb === 'login');
  expect(logins).toEqual([['login', '--username', ACCOUNT.username, '--password-stdin', host]]);

  await images.remove();
  expect(fates(succeeded(await up([], whole)))).toEqual({ one: 'pull', two: 'pull' });
  const soFar = await docker.calls();
  expect(soFar.filter(([verb]) => verb === 'login').length).toBe(2);

  const idle = succeeded(await up([], whole));
  expect(fates(idle)).toEqual({ one: 'none', two: 'none' });
  const after = (await docker.calls()).slice(soFar.length);
  expect(after.map(([verb]) => verb)).not.toContain('login');

  const everywhere = [
    JSON.stringify(await docker.calls()),
    docker.processes(),
    first.stderr,
    idle.stderr,
  ];
  expect(everywhere[1]).toContain('--password-stdin');
  for (const text of everywhere) expect(text).not.toContain(ACCOUNT.password);
  expect(await state()).toEqual(before);
});

test('wrong or missing credentials are said to be that, never "not found"', async ({
  project,
  engine,
  authRegistry,
  images,
  scope,
}) => {
  const { host } = authRegistry;
  const { up, cache } = await project({
    'ensure.yaml': `
      registries:
        wrong: { server: "${host}", username: ${ACCOUNT.username}, password: not-the-password }
        none: { server: "${host}" }
      images:
        wrong: { name: ${scope}/wrong, registry: wrong, build: { files: nothing } }
        none: { name: ${scope}/none, registry: none, build: { files: nothing } }
        above: { name: ${scope}/above, build: { parents: [wrong], dockerfile: Above, files: nothing } }
    `,
    ...BUILD,
    Above: `FROM ${scope}/wrong\n`,
  });
  const { env, state } = await user(engine, {});

  const { result, stderr } = endedWith(1, await up(['--keep-going'], { env }));
  expect(result.images).toMatchObject([
    { image: 'wrong', outcome: 'failed', error: { code: 'registry-unauthorized' } },
    { image: 'none', outcome: 'failed', error: { code: 'registry-unauthorized' } },
    { image: 'above', outcome: 'skipped', reason: 'its parent wrong failed' },
  ]);
  expect(stderr).toContain('check the username and password of the registry');
  expect(stderr + JSON.stringify(result)).not.toContain('not-the-password');
  expect(await images.list()).toEqual([]);
  expect((await state()).temporary).toEqual([]);
  const staged = await readdir(join(cache, 'staging')).catch(() => []);
  expect(staged.filter((name) => name.includes('.'))).toEqual([]);
});

test('the credentials that docker already has are used where the manifest gives none', async ({
  project,
  engine,
  authRegistry,
  scope,
}) => {
  const { host } = authRegistry;
  const { up } = await project({
    'ensure.yaml': `
      registries: { team: { server: "${host}" } }
      images:
        app: { name: ${scope}/app, registry: team, build: { files: nothing } }
    `,
    ...BUILD,
  });
  const auth = Buffer.from(`${ACCOUNT.username}:${ACCOUNT.password}`).toString('base64');
  const { env, state } = await user(engine, { auths: { [host]: { auth } } });
  const before = await state();

  expect(fates(succeeded(await up([], { env })))).toEqual({ app: 'build+push' });
  expect(await authRegistry.tags(`${scope}/app`)).toEqual(['latest']);
  expect(await state()).toEqual(before);
});

it('a build logs in to the registry that its Dockerfile takes an image from', async ({
  project,
  engine,
  authRegistry,
  scope,
}) => {
  const { host } = authRegistry;
  const { env, state } = await user(engine, {});
  const pusher = await user(engine, {
    auths: {
      [host]: { auth: Buffer.from(`${ACCOUNT.username}:${ACCOUNT.password}`).toString('base64') },
    },
  });
  const docker: Engine['docker'] = (args) => engine.docker(args, { env: pusher.env });
  await pushAs({ ...engine, docker }, 'docker-ensure-seed:1', `${host}/${scope}/private:1`);
  const { up } = await project({
    'ensure.yaml': `
      registries:
        team: { server: "${host}", username: ${ACCOUNT.username}, password: ${ACCOUNT.password} }
      images:
        app: { name: ${scope}/app, build: { files: nothing } }
    `,
    Dockerfile: `FROM ${host}/${scope}/private:1\n`,
  });

  expect(fates(succeeded(await up([], { env })))).toEqual({ app: 'build' });
  expect((await state()).temporary).toEqual([]);
});

test('a docker context, a configuration by its relative path, and a helper that is not there do no harm', async ({
  project,
  engine,
  registry,
  authRegistry,
  scope,
}) => {
  if (!engine.private) return;
  const { up, folder } = await project({
    'ensure.yaml': `
      registries:
        team: { server: "${authRegistry.host}", username: ${ACCOUNT.username}, password: ${ACCOUNT.password} }
        open: { server: "${registry.host}" }
      defaults: { build: { files: nothing } }
      images:
        app: { name: ${scope}/app, registry: team, build: {} }
        free: { name: ${scope}/free, registry: open, build: {} }
    `,
    ...BUILD,
  });
  const { env, state } = await user(engine, { credsStore: 'not-there', currentContext: 'here' });
  const host = `host=${engine.env.DOCKER_HOST}`;
  const context = await engine.docker(['context', 'create', 'here', '--docker', host], { env });
  expect(context.exitCode, context.stderr).toBe(0);
  const before = await state();

  const by = { DOCKER_HOST: '', DOCKER_CONFIG: relative(folder, env.DOCKER_CONFIG) };
  const ran = succeeded(await up([], { env: { ...env, ...by } }));
  expect(fates(ran)).toEqual({ app: 'build+push', free: 'build+push' });
  expect(await authRegistry.tags(`${scope}/app`)).toEqual(['latest']);
  expect(ran.stderr).toContain(
    `names docker-credential-not-there for the login to ${registry.host}, which is not on the PATH: docker does without that login`,
  );
  expect(ran.stderr).not.toContain(`login to ${authRegistry.host}`);
  expect(await state()).toEqual(before);
});

const HUB_KEY = 'https://index.docker.io/v1/';

test("the password for Docker Hub reaches docker, and not the user's own credential store", async ({
  project,
  engine,
  scope,
}) => {
  const { env, state } = await user(engine, {
    credsStore: 'noting',
    credHelpers: { [HUB_KEY]: 'noting', 'docker.io': 'noting', 'index.docker.io': 'noting' },
  });
  // An engine whose registries take every login.
  const socket = join(env.TMPDIR, '..', 'engine');
  const lenient = createServer(({ url = '' }, response) => {
    response.setHeader('Content-Type', 'application/json').setHeader('Api-Version', '1.43');
    response.end(url.endsWith('/auth') ? '{"Status":"Login Succeeded"}' : '{}');
  });
  await new Promise<void>((resolve) => lenient.listen(socket, resolve));
  onTestFinished(() => void lenient.close());
  const docker = await spyOnDocker(engine, {
    instead: `case $1 in
      login) DOCKER_HOST=unix://${socket} exec "$real" "$@" ;;
      pull) cp "$DOCKER_CONFIG/config.json" "$notes/config"; echo 'manifest unknown' >&2; exit 1 ;;
      *) exec "$real" "$@" ;;
    esac`,
  });
  const helper = join(docker.notes, 'docker-credential-noting');
  const notes = join(docker.notes, 'asked');
  const none = 'echo "credentials not found in native keychain"; exit 1';
  await writeFile(
    helper,
    `#!/bin/sh\necho $1 $(cat) >>'${notes}'\n[ $1 = store ] || { ${none}; }\n`,
  );
  await chmod(helper, 0o755);
  const asked = () => readFile(notes, 'utf8').catch(() => '');
  const whole = { ...env, ...docker.env };
  const before = await state();

  for (const server of ['docker.io', HUB_KEY]) {
    const { up } = await project({
      'ensure.yaml': `
        registries: { hub: { server: ${server}, username: ann, password: word-for-the-hub, retries: 0 } }
        images: { app: { name: ${scope}/app, registry: hub } }
      `,
    });
    const { result } = endedWith(1, await up([], { env: whole }));
    expect(result.images[0]?.error?.code).toBe('not-found');
    const { auths } = JSON.parse(await readFile(join(docker.notes, 'config'), 'utf8'));
    expect(auths).toEqual({ [HUB_KEY]: { auth: btoa('ann:word-for-the-hub') } });
    await rm(join(docker.notes, 'config'));
  }
  expect((await docker.calls()).filter(([verb]) => verb === 'login')).toHaveLength(2);
  expect(await asked()).not.toMatch(/store|word-for-the-hub/);
  expect(await state()).toEqual(before);

  // Docker itself would have put it there.
  const login = ['login', '--username', 'ann', '--password-stdin'];
  await engine.docker(login, {
    env: { ...env, ...docker.env, DOCKER_HOST: `unix://${socket}` },
    input: 'word-for-the-hub',
  });
  expect(await asked()).toMatch(/store .*word-for-the-hub/);
});
