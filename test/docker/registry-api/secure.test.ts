import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Credentials } from '../../../src/docker/credentials.ts';
import { createAuthorities } from '../../../src/docker/registry-api/authorities.ts';
import { createRegistryApi } from '../../../src/docker/registry-api/registry-api.ts';
import { createTransport, type Request } from '../../../src/docker/registry-api/transport.ts';
import { digestOf, imageOf, refusal, type Said } from './scripted-registry.ts';

/** A server that speaks TLS, with a certificate that nobody knows but who has the file. */
async function tlsServer() {
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=r.example', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', [...made, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const pair = { key: await readFile(key), cert: await readFile(cert) };
  const server = createServer(pair, (_, response) => response.end('here'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, folder, cert };
}

it('a server is believed by its certificate: the system’s, or one in the folder of its name', async () => {
  const { host, folder, cert } = await tlsServer();
  const mine = join(folder, 'certs.d');
  await mkdir(join(mine, host), { recursive: true });
  execFileSync('cp', [cert, join(mine, host, 'ca.crt')]);
  const get = (env: Record<string, string>, folders: string[], server = host) =>
    createTransport(createAuthorities(env, folders))({
      url: new URL(`https://${host}/`),
      server,
      headers: {},
      signal: new AbortController().signal,
    });
  expect(await get({}, [])).toBeNull();
  expect(await get({}, [join(folder, 'none')])).toBeNull();
  expect(await get({}, [mine], 'r.example')).toBeNull();
  expect(await get({}, [mine])).toMatchObject({ status: 200 });
  expect(await get({ SSL_CERT_FILE: cert }, [])).toMatchObject({ status: 200 });
});

const IMAGE = imageOf('abc');
const ANN: Credentials = { kind: 'password', username: 'ann', password: 'pw' };
const BASIC = `Basic ${Buffer.from('ann:pw').toString('base64')}`;

/** Asks a server by TLS that answers by a table: address to answer. */
async function askTable(
  ref: string,
  table: Readonly<Record<string, Said>>,
  env: Readonly<Record<string, string>> = {},
) {
  const asked: Pick<Request, 'url' | 'server' | 'headers'>[] = [];
  const keys: string[] = [];
  const registries = createRegistryApi({
    env,
    signal: new AbortController().signal,
    async findCredentials(key) {
      keys.push(key);
      return ANN;
    },
    async send(request) {
      asked.push(request);
      const said = table[request.url.href];
      const body = Buffer.from(said?.body ?? '');
      return said === undefined ? null : { status: said.status, headers: said.headers ?? {}, body };
    },
  });
  const answer = await registries.ask(ref, 30_000);
  const told = asked.map(({ url, server, headers }) => [
    url.host,
    server,
    headers.authorization ?? null,
  ]);
  return { answer, told, keys };
}

const HUB = 'https://registry-1.docker.io';
const HUB_TOKEN =
  'https://auth.docker.io/token?service=registry.docker.io&scope=repository%3Alibrary%2Fx%3Apull';
const HUB_TABLE: Readonly<Record<string, Said>> = {
  [`${HUB}/v2/`]: refusal(401, 'UNAUTHORIZED', {
    'www-authenticate': 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
  }),
  [HUB_TOKEN]: { status: 200, body: '{"token":"t"}' },
  [`${HUB}/v2/library/x/manifests/1`]: IMAGE.said,
  [`${HUB}/v2/library/x/blobs/${digestOf(IMAGE.config)}`]: {
    status: 307,
    headers: { location: 'https://blobs.example/1' },
  },
  'https://blobs.example/1': { status: 200, body: IMAGE.config },
};

it('Docker Hub has its own names for its server, its login and its tokens', async () => {
  const { answer, told, keys } = await askTable('x:1', HUB_TABLE);
  expect(answer).toEqual({ is: 'present', digest: IMAGE.digest, hash: 'abc' });
  expect(keys).toEqual(['https://index.docker.io/v1/']);
  expect(told).toEqual([
    ['registry-1.docker.io', 'docker.io', null],
    ['auth.docker.io', 'auth.docker.io', BASIC],
    ['registry-1.docker.io', 'docker.io', 'Bearer t'],
    ['registry-1.docker.io', 'docker.io', 'Bearer t'],
    ['blobs.example', 'blobs.example', null],
  ]);
});

it('what is hidden there is 401 for ever: docker is asked', async () => {
  const hidden = refusal(401, 'UNAUTHORIZED', {
    'www-authenticate':
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/x:pull",error="insufficient_scope"',
  });
  const table = { ...HUB_TABLE, [`${HUB}/v2/library/x/manifests/1`]: hidden };
  const { answer, told } = await askTable('x:1', table);
  expect(answer).toBeNull();
  // One token more, for one that may have expired.
  expect(told.filter(([host]) => host === 'auth.docker.io')).toHaveLength(2);
});

it.each([
  ['the registry', 'auth.docker.io,blobs.example', 0],
  ['its tokens', 'registry-1.docker.io,blobs.example', 1],
  ['its blobs', 'docker.io', 4],
])('where a proxy stands before %s docker is asked', async (_, spared, requests) => {
  const env = { HTTPS_PROXY: 'http://proxy.example:1', NO_PROXY: spared };
  const { answer, told } = await askTable('x:1', HUB_TABLE, env);
  expect(answer).toBeNull();
  expect(told).toHaveLength(requests);
});

it('a token server without TLS gets no password', async () => {
  const table = {
    'https://r.example/v2/': refusal(401, 'UNAUTHORIZED', {
      'www-authenticate': 'Bearer realm="http://r.example/token"',
    }),
  };
  const { answer, told } = await askTable('r.example/x:1', table);
  expect(answer).toBeNull();
  expect(told).toEqual([['r.example', 'r.example', null]]);
});
