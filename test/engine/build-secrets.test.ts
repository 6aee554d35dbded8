import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { spyOnDocker } from '../rig/docker-spy.ts';
import { endedWith, leftIn, succeeded } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

const SECRETS = {
  env: 'secret-of-the-environment',
  file: 'secret-of-a-file',
  dotEnv: 'secret-of-dot-env',
};

it('secrets: from a variable, the .env or a file, to the RUN that mounts them and to nothing else', async ({
  project,
  engine,
  images,
  scope,
}) => {
  const { run, cache } = await project({
    'ensure.yaml': `
      images:
        app:
          name: ${scope}/app
          build:
            files: { only: [seen] }
            # A build argument may have the name of a secret's variable.
            build_args: { WORD: public }
            secrets:
              - { id: env, env: WORD }
              - id=dot.env,env=DOT_TOKEN
              - { id: odd.id, src: 'keys/to"ken, 1' }
    `,
    Dockerfile: [
      'FROM docker-ensure-seed:1',
      'ARG WORD',
      'ENV SEEN=$WORD',
      'RUN echo $WORD >/etc/seen',
      'RUN --mount=type=secret,id=env,required \\',
      '    --mount=type=secret,id=dot.env,required \\',
      '    --mount=type=secret,id=odd.id,target=/run/file,required \\',
      '    cat /run/secrets/env /run/secrets/dot.env /run/file; cat /run/secrets/* /run/file | sha256sum >/sum',
    ].join('\n'),
    seen: '',
    '.env': `DOT_TOKEN=${SECRETS.dotEnv}\n`,
    'keys/to"ken, 1': `${SECRETS.file}\n`,
  });
  const docker = await spyOnDocker(engine, {
    watchProcesses: true,
    before: `grep -rlE 'secret-of' '${cache}' >>"$notes/staged"; ls -R '${cache}' >>"$notes/listed"`,
  });

  const { stderr } = succeeded(
    await run(['--debug', 'up'], { env: { ...docker.env, WORD: SECRETS.env } }),
  );
  expect(await images.env(`${scope}/app`)).toMatchObject({ SEEN: 'public' });
  const sum = await images.run(
    `${scope}/app`,
    `{ printf %s ${SECRETS.dotEnv}; printf %s ${SECRETS.env}; echo ${SECRETS.file}; } | sha256sum | diff - /sum && echo same`,
  );
  expect(sum).toBe('same');

  // The step printed them all: masked in the log, and nowhere else at all.
  expect(stderr).toContain('***');
  const search = 'find / -xdev -type f -exec grep -l secret-of {} +; grep -rl ^public /etc/seen';
  const files = await images.run(`${scope}/app`, search);
  const history = await engine.docker(['history', '--no-trunc', `${scope}/app`]);
  const inspected = await engine.docker(['image', 'inspect', `${scope}/app`]);
  const argv = (await docker.calls()).flat().join('\n');
  const note = (name: string) => readFile(join(docker.notes, name), 'utf8');
  // What looks for it finds what is there to be found.
  expect(files).toBe('/etc/seen');
  expect(history.stdout).toContain('public');
  expect(await note('listed')).toMatch(/^seen$/m);
  expect(await note('staged')).toBe('');
  for (const place of [stderr, history.stdout, inspected.stdout, argv, docker.processes()]) {
    expect(place).not.toContain('secret-of');
  }
});

it('each image gets the secret of an id that is its own, or none, whoever is built with it', async ({
  project,
  engine,
  images,
  scope,
}) => {
  const of = (name: string) => `secret-of-${name}`;
  const mount = '--mount=type=secret,id=key';
  const take = `{ [ ! -e /run/secrets/key ] || sha256sum </run/secrets/key; } >>/got`;
  const { run, write, folder, cache, temporary } = await project({
    'ensure.yaml': `
      defaults: { build: { files: nothing } }
      images:
        base: { name: ${scope}/base, build: { dockerfile: Base } }
        between: { name: ${scope}/between, build: { dockerfile: Between, parents: [base] } }
        child:
          name: ${scope}/child
          build: { dockerfile: Child, parents: [between], secrets: [{ id: key, env: CHILD_KEY }] }
        grandchild:
          name: ${scope}/grandchild
          build: { dockerfile: Grandchild, parents: [child], secrets: [{ id: key, src: ~/far.key }] }
        sibling: { name: ${scope}/sibling, build: { dockerfile: Sibling, secrets: [{ id: key, env: SIBLING_KEY }] } }
        file: { name: ${scope}/file, build: { dockerfile: File, secrets: [{ id: key, src: near.key }] } }
    `,
    Base: `FROM docker-ensure-seed:1\nRUN ${mount} ${take}\n`,
    Between: `FROM ${scope}/base\nENV BETWEEN=1\n`,
    Child: `FROM ${scope}/between\nRUN ${mount},required ${take}\n`,
    Grandchild: `FROM ${scope}/child\nRUN ${mount},required : far; ${take}\n`,
    Sibling: `FROM docker-ensure-seed:1\nRUN ${mount},required : sibling; ${take}\n`,
    File: `FROM docker-ensure-seed:1\nRUN ${mount},required : file; ${take}\n`,
    'near.key': of('near'),
    'far.key': of('far'),
  });
  const look = `grep -rl secret-of '${cache}' '${temporary}' >>"$notes/found"`;
  const docker = await spyOnDocker(engine, {
    watchProcesses: true,
    before: look,
    after: look,
  });
  const keys = { CHILD_KEY: of('child'), SIBLING_KEY: of('sibling') };
  const env = { ...docker.env, ...keys, HOME: folder };

  const ran = succeeded(await run(['--debug', 'up', '--json'], { env }));
  const got = async (name: string) => (await images.read(`${scope}/${name}`, '/got')).split('\n');
  const sums = (...names: string[]) =>
    names.map((name) => `${createHash('sha256').update(of(name)).digest('hex')}  -`);
  expect(await got('base')).toEqual(['']);
  expect(await got('grandchild')).toEqual(sums('child', 'far'));
  expect(await got('sibling')).toEqual(sums('sibling'));
  expect(await got('file')).toEqual(sums('near'));

  // A step that shows its secret and fails: its own words are told, the secret is not.
  const failing = `FROM docker-ensure-seed:1\nRUN ${mount} cat /run/secrets/key; echo " is it"; exit 3\n`;
  await write({ Sibling: failing, File: failing.replace('is it', 'it is') });
  const failed = [];
  for (const name of ['sibling', 'file'])
    failed.push(endedWith(1, await run(['up', '--json', '--force', name], { env })));
  expect(failed.map(({ stderr }) => /\*\*\* (is it|it is)/.exec(stderr)?.[1])).toEqual([
    'is it',
    'it is',
  ]);

  const argv = (await docker.calls()).flat().join('\n');
  const found = await readFile(join(docker.notes, 'found'), 'utf8');
  const told = [ran, ...failed].flatMap(({ stdout, stderr }) => [stdout, stderr]);
  for (const place of [...told, argv, found, docker.processes()]) {
    expect(place).not.toContain('secret-of');
  }
  expect(found).toBe('');
  expect(await leftIn(temporary)).toEqual([]);
});

it('a secret that is not to be had is a clear failure, not an empty file', async ({
  project,
  images,
  scope,
}) => {
  const { up, folder } = await project({
    'ensure.yaml': `
      defaults: { build: { files: nothing } }
      images:
        unset: { name: ${scope}/unset, build: { secrets: [{ id: npm, env: NO_SUCH_TOKEN }] } }
        gone: { name: ${scope}/gone, build: { secrets: [{ id: npm, src: no/such/file }] } }
        empty: { name: ${scope}/empty, build: { secrets: [{ id: npm, env: EMPTY_TOKEN }] } }
    `,
    Dockerfile: 'FROM docker-ensure-seed:1\nRUN --mount=type=secret,id=npm,required true\n',
  });

  const { result } = endedWith(1, await up(['--keep-going'], { env: { EMPTY_TOKEN: '' } }));
  const path = join(folder, 'no/such/file');
  expect(result.images.map(({ image, error }) => [image, error?.message])).toEqual([
    ['unset', 'the variable NO_SUCH_TOKEN, which has the secret npm, is not set'],
    ['gone', `${path}, which has the secret npm, does not exist`],
    ['empty', undefined],
  ]);
  expect(await images.list()).toEqual([`${scope}/empty:latest`]);
});

it('ssh: a RUN that mounts it reaches the agent, or the key, of its id', async ({
  project,
  images,
  scope,
}) => {
  const key = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  }).privateKey;
  // `logger` is what busybox has to connect to a socket: to the one called /dev/log.
  const knock = 'ln -sf $SSH_AUTH_SOCK /dev/log && logger knock && echo $SSH_AUTH_SOCK';
  const { folder, up } = await project({
    'ensure.yaml': `
      defaults: { build: { files: nothing, no_cache: true } }
      images:
        agent: { name: ${scope}/agent, build: { dockerfile: Agent, ssh: [default] } }
        socket: { name: ${scope}/socket, build: { dockerfile: Agent, ssh: [default=agent] } }
        key: { name: ${scope}/key, build: { dockerfile: Key, ssh: [deploy=keys/deploy] } }
        other: { name: ${scope}/other, build: { dockerfile: Key, ssh: [default=agent] } }
        bad: { name: ${scope}/bad, build: { dockerfile: Key, ssh: [deploy=Key] } }
    `,
    Agent: `FROM docker-ensure-seed:1\nRUN --mount=type=ssh,required { ${knock}; } >/said\n`,
    Key: `FROM docker-ensure-seed:1\nRUN --mount=type=ssh,id=deploy,required { ${knock}; } >/said\n`,
    'keys/deploy': key,
  });
  const socket = join(folder, 'agent');
  let knocks = 0;
  const agent = createServer((connection) => {
    knocks += 1;
    connection.on('error', () => undefined).end();
  });
  await new Promise<void>((resolve) => agent.listen(socket, resolve));
  onTestFinished(() => void agent.close());
  const said = (name: string) => images.read(`${scope}/${name}`, '/said');
  const ssh = '/run/buildkit/ssh_agent.0';

  succeeded(await up(['agent'], { env: { SSH_AUTH_SOCK: socket } }));
  expect(await said('agent')).toBe(ssh);
  const first = knocks;
  expect(first).toBeGreaterThan(0);

  succeeded(await up(['socket', 'key'], { env: { SSH_AUTH_SOCK: '' } }));
  expect(knocks).toBeGreaterThan(first);
  expect([await said('socket'), await said('key')]).toEqual([ssh, ssh]);

  const failed = endedWith(
    1,
    await up(['--force', '--keep-going', 'agent', 'other', 'bad'], { env: { SSH_AUTH_SOCK: '' } }),
  );
  expect(failed.result.images.map(({ image, error }) => [image, error?.message])).toEqual([
    ['agent', 'invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set'],
    ['other', expect.stringMatching(/failed: unset ssh forward key deploy$/)],
    ['bad', `failed to parse ${join(folder, 'Key')}: ssh: no key found`],
  ]);
});
