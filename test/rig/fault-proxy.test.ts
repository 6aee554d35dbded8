import { Agent, request as ask, createServer, type IncomingMessage } from 'node:http';
import { request as askSecurely } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test as plain } from 'vitest';
import { type FaultProxy, type ProxyOptions, startFaultProxy } from './fault-proxy.ts';

const BLOB = 'x'.repeat(200_000);

/** A server that says what it was asked, has one blob, and takes what is put. */
async function startUpstream() {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const { method, url = '', headers } = request;
    const body = await text(request).catch(() => null);
    asked.push(`${method} ${url} ${body === null ? 'cut' : body.length}`);
    if (method !== 'GET') response.statusCode = url.includes('/refused/') ? 400 : 201;
    response.setHeader('location', `http://${headers.host}${url}`);
    response.end(url.includes('/blobs/') && method === 'GET' ? BLOB : `hello ${body}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    asked,
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const test = plain
  .extend('options', {} as ProxyOptions)
  .extend('upstream', async ({ task: _ }, { onCleanup }) => {
    const upstream = await startUpstream();
    onCleanup(() => upstream.stop());
    return upstream;
  })
  .extend('proxy', async ({ upstream, options }, { onCleanup }) => {
    const proxy = await startFaultProxy(upstream.host, options);
    onCleanup(() => proxy.stop());
    return proxy;
  });

interface Answered {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  /** What came of the body. */
  readonly body: string;
  /** The code of the error that ended it. */
  readonly error?: string;
}

/** Sends a request and takes what comes, however it ends. */
function send(
  proxy: FaultProxy,
  path: string,
  { method = 'GET', body = '', signal = new AbortController().signal, secure = false } = {},
): Promise<Answered> {
  const options = { method, agent: false, signal, rejectUnauthorized: false } as const;
  return new Promise((resolve) => {
    const url = `${secure ? 'https' : 'http'}://${proxy.host}${path}`;
    let status: number | undefined;
    let headers: IncomingMessage['headers'] = {};
    let got = '';
    const failed = (error: NodeJS.ErrnoException) =>
      resolve({ status, headers, body: got, error: error.code ?? error.message });
    const outgoing = (secure ? askSecurely : ask)(url, options, (incoming) => {
      ({ statusCode: status, headers } = incoming);
      incoming.on('data', (chunk: Buffer) => {
        got += chunk.toString();
      });
      incoming.once('error', failed);
      incoming.once('end', () => resolve({ status, headers, body: got }));
    });
    outgoing.on('error', failed);
    outgoing.end(body);
  });
}

/** Whether something comes within a moment. */
async function comes(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true), sleep(200).then(() => false)]);
}

test('passes requests on as they are, and the answers back', async ({ proxy, upstream }) => {
  const put = await send(proxy, '/v2/team/app/blobs/uploads/1?digest=a', {
    method: 'PUT',
    body: BLOB,
  });
  const got = await send(proxy, '/v2/team/app/blobs/a');

  expect(put).toMatchObject({ status: 201, body: `hello ${BLOB}` });
  expect(put.headers.location).toBe(`http://${proxy.host}/v2/team/app/blobs/uploads/1?digest=a`);
  expect(got).toMatchObject({ status: 200, body: BLOB });
  expect(await send(proxy, '/v2/', { method: 'HEAD' })).toMatchObject({ status: 201, body: '' });
  expect(upstream.asked[0]).toBe('PUT /v2/team/app/blobs/uploads/1?digest=a 200000');
  expect(proxy.requests()).toEqual([
    { method: 'PUT', url: '/v2/team/app/blobs/uploads/1?digest=a', status: 201, struck: false },
    { method: 'GET', url: '/v2/team/app/blobs/a', status: 200, struck: false },
    { method: 'HEAD', url: '/v2/', status: 201, struck: false },
  ]);
});

test('counts connections, not requests', async ({ proxy }) => {
  expect(proxy.connections()).toBe(0);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let count = 0; count < 3; count++) {
    await new Promise((resolve) => {
      ask(`http://${proxy.host}/v2/`, { agent }, (response) =>
        response.resume().once('end', () => setImmediate(resolve)),
      ).end();
    });
  }
  agent.destroy();
  expect(proxy.requests()).toHaveLength(3);
  expect(proxy.connections()).toBe(1);
});

test('knows the tags that were written', async ({ proxy }) => {
  const put = (path: string) => send(proxy, path, { method: 'PUT', body: '{}' });
  await put('/v2/team/app/manifests/1');
  await put('/v2/team/app/manifests/1');
  await put('/v2/refused/app/manifests/1');
  await put('/v2/team/app/manifests/sha256:abc');
  await put('/v2/team/app/blobs/uploads/manifests');
  await send(proxy, '/v2/team/app/manifests/2');
  proxy.inject({ on: {}, does: 'answer', status: 201 });
  await put('/v2/team/app/manifests/3');
  expect(proxy.uploads()).toEqual(['team/app:1', 'team/app:1']);
});

test('answers itself, so many times', async ({ proxy, upstream }) => {
  const fault = proxy.inject({
    on: { method: 'GET', path: /manifests/ },
    times: 2,
    does: 'answer',
    status: 429,
    body: 'slowly',
    headers: { 'retry-after': '1' },
  });
  const path = '/v2/app/manifests/1';
  const first = await send(proxy, path);
  await send(proxy, '/v2/app/tags/list');
  await send(proxy, path, { method: 'PUT' });
  expect(first).toMatchObject({ status: 429, body: 'slowly', headers: { 'retry-after': '1' } });
  expect(fault.struck()).toBe(1);
  expect((await send(proxy, path)).status).toBe(429);
  expect((await send(proxy, path)).status).toBe(200);
  expect(fault.struck()).toBe(2);
  expect(upstream.asked).toHaveLength(3);
  expect(proxy.requests().map(({ status, struck }) => [status, struck])).toEqual([
    [429, true],
    [200, false],
    [201, false],
    [429, true],
    [200, false],
  ]);
});

test('tries the last fault first, and knows methods by pattern', async ({ proxy }) => {
  const early = proxy.inject({ on: {}, does: 'answer', status: 500 });
  const late = proxy.inject({ on: { method: /^(GET|HEAD)$/ }, does: 'answer', status: 503 });
  expect((await send(proxy, '/')).status).toBe(503);
  expect((await send(proxy, '/', { method: 'POST' })).status).toBe(500);
  late.lift();
  expect((await send(proxy, '/')).status).toBe(500);
  proxy.heal();
  expect((await send(proxy, '/')).status).toBe(200);
  expect([early.struck(), late.struck()]).toEqual([2, 1]);
});

test.describe('a reset', () => {
  test('at once', async ({ proxy, upstream }) => {
    proxy.inject({ on: {}, does: 'reset', times: 1 });
    expect(await send(proxy, '/')).toMatchObject({ status: undefined, error: 'ECONNRESET' });
    expect(upstream.asked).toEqual([]);
    expect(proxy.requests()).toMatchObject([{ status: null, struck: true }]);
    expect(await send(proxy, '/')).toMatchObject({ status: 200 });
  });

  test('in the middle of a download', async ({ proxy }) => {
    const fault = proxy.inject({ on: { path: /blobs/ }, does: 'reset', after: 1000 });
    const { status, body, error } = await send(proxy, '/v2/app/blobs/a');
    expect([status, body.length, error]).toEqual([200, 1000, 'ECONNRESET']);
    expect(fault.struck()).toBe(1);
    expect(proxy.requests()).toMatchObject([{ status: null, struck: true }]);
  });

  test('in the middle of an upload', async ({ proxy, upstream }) => {
    proxy.inject({ on: { method: 'PATCH' }, does: 'reset', after: 1000, times: 1 });
    const patch = { method: 'PATCH', body: BLOB };
    expect(await send(proxy, '/', patch)).toMatchObject({ status: undefined, error: /^E/ });
    await expect.poll(() => upstream.asked).toEqual(['PATCH / cut']);
    expect(await send(proxy, '/', patch)).toMatchObject({ status: 201 });
  });

  test('not of what is shorter', async ({ proxy }) => {
    const fault = proxy.inject({ on: {}, does: 'reset', after: BLOB.length, times: 1 });
    expect((await send(proxy, '/v2/app/blobs/a')).body).toBe(BLOB);
    expect(fault.struck()).toBe(0);
    expect(proxy.requests()).toMatchObject([{ status: 200, struck: false }]);
  });
});

test.describe('a stall', () => {
  test('at once, until it is lifted', async ({ proxy, upstream }) => {
    const fault = proxy.inject({ on: {}, does: 'stall' });
    const answer = send(proxy, '/');
    expect(await comes(answer)).toBe(false);
    expect(upstream.asked).toEqual([]);
    fault.lift();
    expect(await answer).toMatchObject({ status: 200, body: 'hello ' });
  });

  test.for(['GET', 'PUT'])(
    'in the middle of a %s, until all is healed',
    async (method, { proxy }) => {
      const fault = proxy.inject({ on: {}, does: 'stall', after: 1000 });
      const answer = send(proxy, '/v2/app/blobs/a', { method, body: method === 'PUT' ? BLOB : '' });
      expect(await comes(answer)).toBe(false);
      expect(fault.struck()).toBe(1);
      proxy.heal();
      expect((await answer).body).toHaveLength(BLOB.length + (method === 'PUT' ? 6 : 0));
    },
  );

  test('whose client gives up is not passed on', async ({ proxy, upstream }) => {
    proxy.inject({ on: {}, does: 'stall' });
    const impatience = AbortSignal.timeout(100);
    expect((await send(proxy, '/', { signal: impatience })).error).toBeDefined();
    await sleep(50);
    proxy.heal();
    await send(proxy, '/after');
    expect(upstream.asked).toEqual(['GET /after 0']);
  });

  test('ends with the proxy', async ({ proxy, upstream }) => {
    proxy.inject({ on: {}, does: 'stall', after: 10 });
    const answer = send(proxy, '/v2/app/blobs/a');
    await expect.poll(() => upstream.asked).toHaveLength(1);
    await proxy.stop();
    expect((await answer).error).toBe('ECONNRESET');
    expect((await send(proxy, '/')).error).toBe('ECONNREFUSED');
  });
});

test('waits before it goes on', async ({ proxy }) => {
  proxy.inject({ on: {}, does: 'delay', ms: 400, times: 1 });
  const answer = send(proxy, '/');
  expect(await comes(answer)).toBe(false);
  expect(await answer).toMatchObject({ status: 200 });
});

test('calls a hook before it goes on', async ({ proxy, upstream }) => {
  const before = async () => {
    upstream.asked.push('hook');
  };
  proxy.inject({ on: {}, does: 'call', before, times: 1 });
  expect(await send(proxy, '/')).toMatchObject({ status: 200 });
  expect(upstream.asked).toEqual(['hook', 'GET / 0']);
});

test('calls a hook in the middle of an upload', async ({ proxy, upstream }) => {
  proxy.inject({ on: {}, does: 'call', before: async () => void upstream.stop(), after: 10 });
  const answer = await send(proxy, '/', { method: 'PATCH', body: BLOB });
  expect(answer).toMatchObject({ status: undefined, error: /^E/ });
  expect(proxy.requests()).toMatchObject([{ status: null, struck: true }]);
});

test('strikes only so many of the requests that wait at once', async ({ proxy }) => {
  const fault = proxy.inject({ on: {}, does: 'reset', after: 1000, times: 1 });
  const answers = await Promise.all([1, 2, 3].map((n) => send(proxy, `/v2/app/blobs/${n}`)));
  expect(answers.filter(({ error }) => error !== undefined)).toHaveLength(1);
  expect(fault.struck()).toBe(1);
});

test('refuses while it is closed, and comes back on the same port', async ({ proxy }) => {
  await proxy.close();
  expect((await send(proxy, '/')).error).toBe('ECONNREFUSED');
  await proxy.open();
  expect((await send(proxy, '/')).status).toBe(200);
});

test('resets where the registry is down', async ({ proxy, upstream }) => {
  await upstream.stop();
  expect((await send(proxy, '/')).error).toBe('ECONNRESET');
  const other = await startUpstream();
  proxy.pointTo(other.host);
  expect((await send(proxy, '/')).status).toBe(200);
  await other.stop();
});

test.describe('with TLS', () => {
  test.override('options', { tls: true });

  test('has a certificate that nobody trusts', async ({ proxy }) => {
    expect((await send(proxy, '/', { secure: true })).status).toBe(200);
    await expect(fetch(`https://${proxy.host}/`)).rejects.toMatchObject({
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    proxy.inject({ on: {}, does: 'reset' });
    expect((await send(proxy, '/', { secure: true })).error).toBe('ECONNRESET');
  });
});
