import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { expect } from 'vitest';
import type { Credentials } from '../rig/engine/index.ts';
import { ACCOUNT, endedWith, succeeded, test } from '../rig/engine-test.ts';
import { inTurn } from '../rig/one-store.ts';

const it = inTurn();

const SCHEMA = new URL('../../schema/prune.schema.json', import.meta.url);
const OCI = 'application/vnd.oci.image';
const INDEX = `${OCI}.index.v1+json`;

/** A repository of a registry, by its own interface. */
function repositoryAt(host: string, repository: string, account: Credentials | null = null) {
  const base = `http://${host}/v2/${repository}`;
  const send = async (method: string, path: string, type = '', body: string | null = null) => {
    const pair = `${account?.username}:${account?.password}`;
    const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    const headers = {
      ...(account === null ? {} : { authorization }),
      ...(type === '' ? {} : { 'content-type': type }),
      accept: [`${OCI}.manifest.v1+json`, INDEX, DOCKER].join(', '),
    };
    return fetch(new URL(path, `${base}/`), { method, headers, body });
  };
  const put = async (reference: string, type: string, body: string) => {
    expect((await send('PUT', `manifests/${reference}`, type, body)).status).toBe(201);
    return digestOf(body);
  };
  return {
    digest: async (tag: string) =>
      (await send('HEAD', `manifests/${tag}`)).headers.get('docker-content-digest') ?? null,
    delete: async (digest: string) => (await send('DELETE', `manifests/${digest}`)).status,
    /** Puts an image there as docker-ensure would have built it from inputs of that hash. */
    async putImage(tag: string, hash: string) {
      const config = JSON.stringify({
        ...{ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
        created: '2024-05-01T10:00:00Z',
        config: { Labels: { 'dev.docker-ensure.hash': hash } },
      });
      const started = await send('POST', 'blobs/uploads/');
      const upload = new URL(started.headers.get('location') ?? '');
      upload.searchParams.set('digest', digestOf(config));
      await send('PUT', upload.href, 'application/octet-stream', config);
      const mediaType = `${OCI}.config.v1+json`;
      const manifest = {
        schemaVersion: 2,
        mediaType: `${OCI}.manifest.v1+json`,
        config: { mediaType, digest: digestOf(config), size: config.length },
        layers: [],
      };
      return put(tag, manifest.mediaType, JSON.stringify(manifest));
    },
    putIndex(tag: string, digest: string) {
      const platform = { os: 'linux', architecture: 'amd64' };
      const part = { mediaType: `${OCI}.manifest.v1+json`, digest, size: 1, platform };
      const index = { schemaVersion: 2, mediaType: INDEX, manifests: [part] };
      return put(tag, INDEX, JSON.stringify(index));
    },
  };
}

const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

const manifest = (step: number, { host, scope = '', more = '' }: Record<string, string>) => `
  registries: { team: { server: "${host}"${more} } }
  images:
    app:
      name: ${scope}/app
      with_hash: true
      registry: team
      tags: [latest]
      build: { files: nothing, dockerfile_inline: "FROM docker-ensure-seed:1\\nENV STEP=${step}" }
`;
const tagOf = (digit: string) => digit.repeat(16);
const hashOf = (digit: string) => digit.repeat(64);

test('prune --registry: removes what is stale, and nothing that another tag needs', async ({
  project,
  registry,
  scope,
}) => {
  const { host } = registry;
  const { up, run, write } = await project({ 'ensure.yaml': manifest(0, { host, scope }) });
  succeeded(await up());
  const app = repositoryAt(host, `${scope}/app`);
  const built = await app.digest('latest');
  const [tag = ''] = (await registry.tags(`${scope}/app`)).filter((each) => each !== 'latest');
  // It is stale from now on, and `latest` names it.
  await write({ 'ensure.yaml': manifest(1, { host, scope }) });
  await app.putImage(tagOf('b'), hashOf('b'));
  const inIndex = await app.putImage('part', hashOf('c'));
  await app.putIndex(tagOf('c'), inIndex);
  await app.delete(await app.putImage('part', hashOf('9')));
  const needed = await app.putImage(tagOf('d'), hashOf('d'));
  await app.putIndex('all', needed);
  // What somebody else has pushed, and what only looks like ours.
  await app.putImage('1.0', hashOf('e'));
  await app.putImage(tagOf('f'), hashOf('e'));
  const before = await registry.tags(`${scope}/app`);

  const dry = succeeded(await run(['prune', '--registry', '--json']));
  const document = JSON.parse(dry.stdout);
  const validate = new Ajv().compile(JSON.parse(await readFile(SCHEMA, 'utf8')));
  expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  const ref = (of: string) => `${host}/${scope}/app:${of}`;
  const told = document.images.map((each: Record<string, string>) => [
    each.ref,
    each.reason ?? each.outcome,
  ]);
  expect(Object.fromEntries(told)).toEqual({
    [ref(tag)]: 'tagged',
    [ref(tagOf('b'))]: 'stale',
    [ref(tagOf('c'))]: 'stale',
    [ref(tagOf('d'))]: 'tagged',
  });
  const kept = succeeded(await run(['prune', '--registry', '--keep', '9', '--yes']));
  expect(kept.stderr).toMatch(/\nnothing to remove\n$/);
  expect(await registry.tags(`${scope}/app`)).toEqual(before);

  const done = succeeded(await run(['prune', '--registry', '--older-than', '14d', '--yes']));
  expect(done.stdout).toBe('');
  expect(done.stderr).toContain(`${ref(tag)}  kept (another tag needs it)`);
  expect(done.stderr).toMatch(/\n2 tags removed: up to \d+ B\n$/);
  const left = [tag, 'latest', tagOf('d'), 'all', '1.0', tagOf('f')].sort();
  expect(await registry.tags(`${scope}/app`)).toEqual(left);
  expect(await app.digest(inIndex)).toBeNull();
  expect(await app.digest(needed)).toBe(needed);

  // By hand, one sees what it was kept from: with a manifest all of its tags go.
  expect(await app.delete(built ?? '')).toBe(202);
  const without = left.filter((each) => each !== tag && each !== 'latest');
  expect(await registry.tags(`${scope}/app`)).toEqual(without);
});

it('prune --registry: says why a registry does not delete, or cannot be asked', async ({
  project,
  authRegistry,
  scope,
}) => {
  const { host } = authRegistry;
  const account = (password: string) =>
    `, retries: 0, username: ${ACCOUNT.username}, password: ${password}`;
  const right = manifest(0, { host, scope, more: account(ACCOUNT.password) });
  const { run, write } = await project({ 'ensure.yaml': right });
  await repositoryAt(host, `${scope}/app`, ACCOUNT).putImage(tagOf('b'), hashOf('b'));
  const shown = succeeded(await run(['prune', '--registry']));
  expect(shown.stderr).toMatch(
    /:b{16} {2}stale {2}\d+ B, .* old\n1 tag to remove: up to \d+ B\nadd --yes to remove them\n$/,
  );
  expect(endedWith(1, await run(['prune', '--registry', '--yes']))).toMatchObject({
    stdout: '',
    stderr: expect.stringMatching(
      /:b{16} {2}failed \(the registry does not allow deletion: 405 UNSUPPORTED .*\n1 failed\n$/,
    ),
  });

  await write({ 'ensure.yaml': manifest(0, { host, scope, more: account('wrong-password') }) });
  const stranger = endedWith(1, await run(['prune', '--registry', '--json']));
  const { images, failures } = JSON.parse(stranger.stdout);
  expect(images).toEqual([]);
  expect(failures).toMatchObject([{ repository: `${host}/${scope}/app` }]);
  expect(failures[0].message).toMatch(/^the login to the registry team \(.*\) failed: /);

  await write({ 'ensure.yaml': manifest(0, { host: '127.0.0.1:1', scope }) });
  expect(await run(['prune', '--registry'])).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: `error: 127.0.0.1:1/${scope}/app was left alone: no answer came from http://127.0.0.1:1\n`,
  });
});
