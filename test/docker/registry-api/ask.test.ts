import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  digestOf,
  holding,
  imageOf,
  indexOf,
  reach,
  refusal,
  type Said,
  type Script,
  scriptedServer,
} from './scripted-registry.ts';

const TIMEOUT_MS = 30_000;
const [HASHED, BARE] = [imageOf('abc'), imageOf(null)];
const ABSENT = { is: 'absent' };

/** What one who reaches a scripted registry is told of `a/b:1`. */
async function ask(script: Script, config?: (host: string) => object, timeoutMs = TIMEOUT_MS) {
  const { host, seen } = await scriptedServer(script);
  const registries = await reach({ config: config?.(host) ?? {} });
  const answer = await registries.ask(`${host}/a/b:1`, timeoutMs);
  return { answer, seen, paths: seen.map(({ path }) => path) };
}

describe('a registry that is open to everybody', () => {
  it('has an image: its digest, and the hash in its labels', async () => {
    const { answer, paths } = await ask(holding({ 1: HASHED }));
    expect(answer).toEqual({ is: 'present', digest: HASHED.digest, hash: 'abc' });
    expect(paths).toEqual([
      '/v2/',
      '/v2/a/b/manifests/1',
      `/v2/a/b/blobs/${digestOf(HASHED.config)}`,
    ]);
  });

  it.each([5000, 20_000, 29_999, 12_345.6])(
    'is asked with a time of %s ms, whole or not',
    async (timeoutMs) => {
      const { answer } = await ask(holding({ 1: HASHED }), undefined, timeoutMs);
      expect(answer).toMatchObject({ is: 'present' });
    },
  );

  it('has an image without a label', async () => {
    const { answer } = await ask(holding({ 1: BARE }));
    expect(answer).toEqual({ is: 'present', digest: BARE.digest, hash: null });
  });

  it('has an index of images: its own digest, and the first hash', async () => {
    const index = { ...indexOf([BARE, HASHED]), config: '' };
    const { answer } = await ask(holding({ 1: index, x: BARE, y: HASHED }));
    expect(answer).toEqual({ is: 'present', digest: index.digest, hash: 'abc' });
  });

  it('has an index, and not all of what it names: that is not clear', async () => {
    const index = { ...indexOf([BARE, HASHED]), config: '' };
    expect((await ask(holding({ 1: index, x: BARE }))).answer).toBeNull();
  });

  it('does not have it', async () => {
    const { answer, paths } = await ask(holding({ 2: HASHED }));
    expect(answer).toEqual(ABSENT);
    expect(paths).toEqual(['/v2/', '/v2/a/b/manifests/1']);
  });

  it('is asked once how it wants to be asked, however much it is asked', async () => {
    const { host, seen } = await scriptedServer(holding({ 1: HASHED }));
    const registries = await reach();
    const tags = Array.from({ length: 100 }, (_, at) => `${host}/a/b:x${at}`);
    const answers = await Promise.all(tags.map((tag) => registries.ask(tag, TIMEOUT_MS)));
    expect(answers).toEqual(tags.map(() => ABSENT));
    expect(seen.filter(({ path }) => path === '/v2/')).toHaveLength(1);
    expect(seen).toHaveLength(101);
  });
});

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
const ANN = basic('ann:secret-of-ann');
const annAt = (host: string) => ({ auths: { [host]: { auth: ANN.slice('Basic '.length) } } });
const BASIC = { 'www-authenticate': 'Basic realm="r"' };

/** Asks for what everything but tokens needs. */
const wanting =
  (authorization: string, challenge: Record<string, string>, script: Script): Script =>
  (request, response) =>
    request.authorization === authorization || request.path.startsWith('/token')
      ? script(request, response)
      : refusal(401, 'UNAUTHORIZED', challenge);

describe('a registry that wants a password', () => {
  const script = wanting(ANN, BASIC, holding({ 1: HASHED }));

  it('gets the one that docker has for it', async () => {
    const { answer, seen } = await ask(script, annAt);
    expect(answer).toMatchObject({ is: 'present', hash: 'abc' });
    expect(seen.map(({ authorization }) => authorization)).toEqual([null, ANN, ANN]);
  });

  it('says what it does not have to those alone whom it knows', async () => {
    const absent = wanting(ANN, BASIC, holding({}));
    expect((await ask(absent, annAt)).answer).toEqual(ABSENT);
    expect((await ask(absent)).answer).toBeNull();
  });

  it.each([
    ['none', () => ({})],
    ['a wrong one', (host: string) => ({ auths: { [host]: { auth: 'Ym9iOng=' } } })],
    ['one of another server', () => annAt('r.example')],
    ['a token in its place', (host: string) => ({ auths: { [host]: { identitytoken: 't' } } })],
    ['a helper that is not there', () => ({ credsStore: 'not-there' })],
  ])('and docker has %s: docker is asked', async (_, config) => {
    expect((await ask(script, config)).answer).toBeNull();
  });

  it('gets it from a helper, which learns the name of the server and nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-helper-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const program = join(folder, 'docker-credential-mine');
    const told = join(folder, 'told');
    const reply = '{"ServerURL":"x","Username":"ann","Secret":"secret-of-ann"}';
    await writeFile(program, `#!/bin/sh\necho "$@" "$(cat)" >>${told}\necho '${reply}'\n`);
    await chmod(program, 0o755);
    const { host } = await scriptedServer(script);
    const secrets: string[] = [];
    const registries = await reach({
      config: { credsStore: 'mine' },
      env: { PATH: `${folder}:${process.env.PATH}` },
      onSecret: (secret) => secrets.push(secret),
    });
    expect(await registries.ask(`${host}/a/b:1`, TIMEOUT_MS)).toMatchObject({ is: 'present' });
    expect(await registries.ask(`${host}/a/b:2`, TIMEOUT_MS)).toEqual(ABSENT);
    expect(secrets).toEqual(['secret-of-ann', ANN.slice('Basic '.length)]);
    expect(await readFile(told, 'utf8')).toBe(`get ${host}\n`);
  });
});

/** A registry and its token server in one. */
const withTokens = (
  give: (
    path: string,
    request: { authorization: string | null; body: string; method: string },
  ) => Said,
  script = holding({ 1: HASHED }),
): Script => {
  let host = '';
  return (request, response) => {
    host = `${response.req.headers.host}`;
    if (request.path.startsWith('/token')) return give(request.path, request);
    const challenge = `Bearer realm="http://${host}/token",service="the registry"`;
    return wanting('Bearer good', { 'www-authenticate': challenge }, script)(request, response);
  };
};
const GOOD: Said = { status: 200, body: '{"token":"good"}' };
const TOKEN = '/token?service=the+registry&scope=repository%3Aa%2Fb%3Apull';

describe('a registry that wants a token', () => {
  it('is given the one that anybody gets', async () => {
    const { answer, seen } = await ask(withTokens(() => GOOD));
    expect(answer).toMatchObject({ is: 'present', hash: 'abc' });
    expect(seen.slice(0, 3)).toMatchObject([
      { path: '/v2/', authorization: null },
      { path: TOKEN, authorization: null },
      { path: '/v2/a/b/manifests/1', authorization: 'Bearer good' },
    ]);
  });

  it('is given the one for the password that docker has', async () => {
    const { answer, seen } = await ask(
      withTokens((_, { authorization }) =>
        authorization === ANN ? GOOD : refusal(401, 'UNAUTHORIZED'),
      ),
      annAt,
    );
    expect(answer).toMatchObject({ is: 'present' });
    const told = seen.filter(({ path }) => !path.startsWith('/token'));
    expect(told.map(({ authorization }) => authorization)).not.toContain(ANN);
  });

  it('is given the one for the token that docker has', async () => {
    const { answer, seen } = await ask(
      withTokens(() => GOOD),
      (host) => ({ auths: { [host]: { identitytoken: 'long & secret' } } }),
    );
    expect(answer).toMatchObject({ is: 'present' });
    expect(seen[1]).toEqual({
      method: 'POST',
      path: '/token',
      authorization: null,
      body: 'service=the+registry&scope=repository%3Aa%2Fb%3Apull&grant_type=refresh_token&refresh_token=long+%26+secret&client_id=docker-ensure',
    });
  });

  it('is asked for one token a repository, and for another when that has expired', async () => {
    let given = 0;
    const script = withTokens(() => {
      given += 1;
      return given === 1 ? { status: 200, body: '{"token":"old"}' } : GOOD;
    });
    const { host } = await scriptedServer(script);
    const registries = await reach();
    expect(await registries.ask(`${host}/a/b:1`, TIMEOUT_MS)).toMatchObject({ is: 'present' });
    expect(given).toBe(2);
    expect(await registries.ask(`${host}/a/b:2`, TIMEOUT_MS)).toEqual(ABSENT);
    expect(given).toBe(2);
    expect(await registries.ask(`${host}/a/c:2`, TIMEOUT_MS)).toEqual(ABSENT);
    expect(given).toBe(3);
  });

  it.each([
    ['a token that is good for nothing', { status: 200, body: '{"token":"bad"}' }],
    ['no token', { status: 200, body: '{}' }],
    ['a page', { status: 200, body: '<html>' }],
    ['a refusal', { status: 401, body: '' }],
    ['a fault', { status: 503, body: '' }],
    ['an address elsewhere', { status: 302, headers: { location: '/token2' } }],
  ])('is given %s: docker is asked', async (_, said) => {
    const { answer, paths } = await ask(withTokens(() => said));
    expect(answer).toBeNull();
    expect(paths).not.toContain('/token2');
  });

  it.each([
    'http://auth.example/token',
    'https://auth.example/token',
    'not an address',
    'file:///etc/passwd',
  ])('names %s for it, where no password may go: docker is asked', async (realm) => {
    const challenge = { 'www-authenticate': `Bearer realm="${realm}"` };
    const { answer, seen } = await ask(wanting('x', challenge, holding({})), annAt);
    expect(answer).toBeNull();
    expect(seen).toHaveLength(1);
  });
});

/** Fine, but for the manifest. */
const manifest =
  (answer: (response: Parameters<Script>[1]) => Said | undefined): Script =>
  (request, response) =>
    request.path === '/v2/' ? { status: 200 } : answer(response);

describe('docker is asked where the registry', () => {
  it.each<[string, Said]>([
    ['wants to know who asks', refusal(401, 'UNAUTHORIZED')],
    ['wants it after all', refusal(401, 'UNAUTHORIZED', BASIC)],
    ['denies it', refusal(403, 'DENIED')],
    ['says 404 and nothing else', { status: 404, body: '404 page not found\n' }],
    ['says 404 of something else', refusal(404, 'BLOB_UNKNOWN')],
    ['has had too many questions', refusal(429, 'TOOMANYREQUESTS', { 'retry-after': '1' })],
    ['is broken', refusal(500, 'UNKNOWN')],
    ['is asleep', refusal(503, 'UNAVAILABLE')],
    ['has another type of manifest', { ...HASHED.said, headers: { 'content-type': 'text/html' } }],
    ['has no type of manifest', { ...HASHED.said, headers: {} }],
    ['sends on', { status: 307, headers: { location: '/v2/a/b/manifests/2' } }],
    ['sends more than anybody can want', { ...HASHED.said, body: Buffer.alloc(9_000_000, ' ') }],
    [
      'sends it packed',
      {
        ...HASHED.said,
        headers: { ...HASHED.said.headers, 'content-encoding': 'gzip' },
        body: 'x',
      },
    ],
  ])('%s', async (_, said) => {
    const { answer, paths } = await ask(manifest(() => said));
    expect(answer).toBeNull();
    expect(paths).toEqual(['/v2/', '/v2/a/b/manifests/1']);
  });

  it('cuts its answer off', async () => {
    const script = manifest((response) => {
      response.writeHead(404, { 'content-length': 1000 }).write('{"errors":');
      setTimeout(() => response.destroy(), 10);
      return undefined;
    });
    expect((await ask(script)).answer).toBeNull();
  });

  it('hangs up', async () => {
    const script = manifest((response) => void response.req.socket.destroy());
    expect((await ask(script)).answer).toBeNull();
  });

  it('does not answer in time, at first or later', async () => {
    expect((await ask(() => undefined, undefined, 300)).answer).toBeNull();
    expect(
      (
        await ask(
          manifest(() => undefined),
          undefined,
          300,
        )
      ).answer,
    ).toBeNull();
    const slow = manifest((response) => {
      response.writeHead(200).write('{');
      return undefined;
    });
    expect((await ask(slow, undefined, 300)).answer).toBeNull();
  });

  it.each([
    ['is none', { status: 404, body: 'not found' }],
    ['is broken', { status: 500 }],
    [
      'wants something unknown',
      refusal(401, 'UNAUTHORIZED', { 'www-authenticate': 'Digest realm="r"' }),
    ],
    ['says nothing of what it wants', refusal(401, 'UNAUTHORIZED')],
  ])('%s: it is asked nothing else in this run', async (_, said) => {
    const { host, seen } = await scriptedServer(() => said);
    const registries = await reach();
    expect(await registries.ask(`${host}/a/b:1`, TIMEOUT_MS)).toBeNull();
    expect(await registries.ask(`${host}/a/b:2`, TIMEOUT_MS)).toBeNull();
    expect(seen.map(({ path }) => path)).toEqual(['/v2/']);
  });

  it('is not there', async () => {
    const registries = await reach();
    expect(await registries.ask('127.0.0.1:1/a/b:1', TIMEOUT_MS)).toBeNull();
  });

  it('is behind a proxy, or of this machine without a port: nobody is asked', async () => {
    const env = { HTTPS_PROXY: 'http://127.0.0.1:1' };
    const registries = await reach({ env });
    expect(await registries.ask('r.example/a/b:1', TIMEOUT_MS)).toBeNull();
    expect(await registries.ask('localhost/a/b:1', TIMEOUT_MS)).toBeNull();
  });
});

describe('a part of an image that is elsewhere', () => {
  const elsewhere = (location: string): Script =>
    wanting(ANN, BASIC, (request, response) =>
      request.path.includes('/blobs/')
        ? { status: 307, headers: { location } }
        : holding({ 1: HASHED })(request, response),
    );

  it('is fetched there, and the password stays where it is', async () => {
    const blobs = await scriptedServer(() => ({ status: 200, body: HASHED.config }));
    const { host } = await scriptedServer(elsewhere(`http://${blobs.host}/blob?signed=1`));
    const requests: string[] = [];
    const registries = await reach({
      config: annAt(host),
      onRequest: ({ method, address, status }) => requests.push(`${method} ${address} ${status}`),
    });
    const answer = await registries.ask(`${host}/a/b:1`, TIMEOUT_MS);
    expect(answer).toEqual({ is: 'present', digest: HASHED.digest, hash: 'abc' });
    // What is told of it has no signature.
    expect(requests.at(-1)).toBe(`GET http://${blobs.host}/blob 200`);
    expect(requests[0]).toBe(`GET http://${host}/v2/ 401`);
    expect(blobs.seen).toEqual([
      { method: 'GET', path: '/blob?signed=1', authorization: null, body: '' },
    ]);
  });

  it.each<[string, Said]>([
    ['is another', { status: 200, body: BARE.config }],
    ['is not there', { status: 404 }],
  ])('and %s: docker is asked', async (_, said) => {
    const blobs = await scriptedServer(() => said);
    expect((await ask(elsewhere(`http://${blobs.host}/blob`), annAt)).answer).toBeNull();
  });

  it('and elsewhere again, without an end: docker is asked', async () => {
    const { answer, paths } = await ask(elsewhere('/v2/a/b/blobs/x'), annAt);
    expect(answer).toBeNull();
    expect(paths.filter((path) => path === '/v2/a/b/blobs/x')).toHaveLength(3);
  });

  it.each(['http://blobs.example/1', 'ftp://blobs.example/1', 'http://['])(
    'and no safe place: %s is not asked',
    async (location) => expect((await ask(elsewhere(location), annAt)).answer).toBeNull(),
  );
});

describe('a run that is stopped', () => {
  it('asks nothing more, and says why', async () => {
    const controller = new AbortController();
    const { host, seen } = await scriptedServer(() => {
      controller.abort(new Error('SIGINT'));
      return undefined;
    });
    const registries = await reach({ signal: controller.signal });
    await expect(registries.ask(`${host}/a/b:1`, TIMEOUT_MS)).rejects.toThrow('SIGINT');
    await expect(registries.ask(`${host}/a/b:2`, TIMEOUT_MS)).rejects.toThrow('SIGINT');
    expect(seen).toHaveLength(1);
  });
});

it('a connection that the server has closed meanwhile is opened anew', async () => {
  const { host, seen } = await scriptedServer((request, response) => {
    // It closes each connection right after the first answer, without a word.
    setTimeout(() => response.req.socket.destroy(), 20);
    return holding({})(request, response);
  });
  const registries = await reach();
  for (const tag of ['1', '2', '3']) {
    expect(await registries.ask(`${host}/a/b:${tag}`, TIMEOUT_MS)).toEqual(ABSENT);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  expect(seen).toHaveLength(4);
});
