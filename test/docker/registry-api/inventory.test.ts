import { describe, expect, it } from 'vitest';
import {
  digestOf,
  holding,
  imageOf,
  indexOf,
  reach,
  refusal,
  type Script,
  scriptedServer,
} from './scripted-registry.ts';

const TIMEOUT_MS = 30_000;
const [ONE, TWO] = [imageOf('abc'), imageOf(null)];

/** Says the pages of a list of tags, each of which says where the next one is. */
const listing =
  (pages: readonly (readonly string[] | null)[], script: Script, link = linkTo): Script =>
  (request, response) => {
    const { path } = request;
    if (!path.startsWith('/v2/a/b/tags/list')) return script(request, response);
    const at = Number(/last=(\d+)/.exec(path)?.[1] ?? 0);
    const headers: Record<string, string> = at + 1 < pages.length ? { link: link(at + 1) } : {};
    return { status: 200, headers, body: JSON.stringify({ name: 'a/b', tags: pages[at] }) };
  };
const linkTo = (at: number) => `</v2/a/b/tags/list?last=${at}&n=1000>; rel="next"`;

/** What one who reaches a scripted registry finds in `a/b`. */
async function inventory(script: Script, isWanted = (_: string) => true) {
  const { host, seen } = await scriptedServer(script);
  const found = await (await reach()).inventory(`${host}/a/b`, {
    timeoutMs: TIMEOUT_MS,
    isWanted,
    inTurn: (request) => request(),
  });
  return { found, host, paths: seen.map(({ path }) => path) };
}

const failed = async (script: Script) => (await inventory(script)).found;
const SAID = { parts: [], createdMs: null, size: 0 };

describe('the tags of a repository', () => {
  it('are read page by page, with what the images say of themselves', async () => {
    const script = listing([['1', '2'], ['3'], null], holding({ 1: ONE, 2: TWO, 3: ONE }));
    const { found, paths } = await inventory(script, (tag) => tag !== '2');
    const labels = { 'dev.docker-ensure.hash': 'abc' };
    expect(found).toEqual({
      ok: true,
      tags: [
        { tag: '1', digest: ONE.digest, labels, ...SAID },
        { tag: '2', digest: TWO.digest, labels: {}, ...SAID },
        { tag: '3', digest: ONE.digest, labels, ...SAID },
      ],
    });
    expect(paths.filter((path) => path.includes('tags/list'))).toEqual([
      '/v2/a/b/tags/list?n=1000',
      '/v2/a/b/tags/list?last=1&n=1000',
      '/v2/a/b/tags/list?last=2&n=1000',
    ]);
    expect(paths).not.toContain(`/v2/a/b/blobs/${digestOf(TWO.config)}`);
  });

  it.each([
    ['an address', (at: number) => `<https://elsewhere${linkTo(at).slice(1)}`],
    ['one of two links', (at: number) => `</v2/x>; rel="first", ${linkTo(at)}`],
    ['a word without quotes', (at: number) => linkTo(at).replaceAll('"', '')],
  ])('may have a next page that is named by %s, and is at the same registry', async (_, link) => {
    const { found } = await inventory(listing([['1'], ['2']], holding({ 1: ONE, 2: TWO }), link));
    expect(found).toMatchObject({ ok: true, tags: [{ tag: '1' }, { tag: '2' }] });
  });

  it('may name a page again: that is not read for ever', async () => {
    const script = listing([['1'], ['1']], holding({ 1: ONE }), () => linkTo(0));
    expect((await inventory(script)).found).toMatchObject({ ok: true, tags: [{ tag: '1' }] });
  });

  it('know all that an index has in it', async () => {
    const index = { ...indexOf([TWO, ONE]), config: '' };
    const script = listing([['all', 'x', 'y', 'gone']], holding({ all: index, x: ONE, y: TWO }));
    const { found } = await inventory(script);
    expect(found).toMatchObject({
      ok: true,
      tags: [
        { tag: 'all', digest: index.digest, parts: [TWO.digest, ONE.digest] },
        { tag: 'x' },
        { tag: 'y' },
      ],
    });
  });

  it('are none of a repository that is not there', async () => {
    const script: Script = ({ path }) =>
      path === '/v2/' ? { status: 200, body: '{}' } : refusal(404, 'NAME_UNKNOWN');
    expect(await failed(script)).toEqual({ ok: true, tags: [] });
  });

  it('cannot be told in part: one that cannot be read leaves none', async () => {
    const script: Script = (request, response) =>
      request.path.endsWith('/manifests/2')
        ? refusal(500, 'UNKNOWN')
        : listing([['1', '2']], holding({ 1: ONE }))(request, response);
    expect(await failed(script)).toEqual({
      ok: false,
      message: 'what the tag 2 names cannot be told: it answers 500 UNKNOWN UNKNOWN',
    });
  });

  it.each([
    [refusal(403, 'DENIED'), 'its tags cannot be listed: it answers 403 DENIED DENIED'],
    [refusal(404, 'OTHER'), 'its tags cannot be listed: it answers 404 OTHER OTHER'],
    [{ status: 200, body: '<html>' }, 'its tags cannot be listed: it answers 200'],
    [{ status: 200, body: '{"tags":[1]}' }, 'its tags cannot be listed: it answers 200'],
  ])('cannot be listed where the registry says %j', async (said, message) => {
    const script: Script = ({ path }) => (path === '/v2/' ? { status: 200, body: '{}' } : said);
    expect(await failed(script)).toEqual({ ok: false, message });
  });

  it('cannot be listed without a login, or of what is no registry', async () => {
    const basic = refusal(401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="r"' });
    expect(await failed(() => basic)).toEqual({ ok: false, message: 'it wants a login' });
    const { found, host } = await inventory(() => ({ status: 404, body: '' }));
    expect(found).toEqual({ ok: false, message: `http://${host}/v2/ answers with 404` });
  });
});

describe('a manifest', () => {
  const remove = async (script: Script) => {
    const { host, seen } = await scriptedServer((request, response) =>
      request.path === '/v2/' ? { status: 200, body: '{}' } : script(request, response),
    );
    const done = await (await reach()).remove(`${host}/a/b`, ONE.digest, TIMEOUT_MS);
    return { done, seen: seen.at(-1) };
  };

  it('is removed by its digest, or gone already', async () => {
    const { done, seen } = await remove(() => ({ status: 202 }));
    expect(done).toEqual({ ok: true });
    expect(seen).toMatchObject({ method: 'DELETE', path: `/v2/a/b/manifests/${ONE.digest}` });
    expect((await remove(() => refusal(404, 'MANIFEST_UNKNOWN'))).done).toEqual({ ok: true });
  });

  it.each([
    [405, 'UNSUPPORTED', 'the registry does not allow deletion: 405 UNSUPPORTED UNSUPPORTED'],
    [403, 'DENIED', 'the login may not delete: 403 DENIED DENIED'],
    [401, 'UNAUTHORIZED', 'the login may not delete: 401 UNAUTHORIZED UNAUTHORIZED'],
    [502, 'UNKNOWN', 'the registry answers: 502 UNKNOWN UNKNOWN'],
  ])('stays where the registry says %i %s', async (status, code, message) => {
    const { done } = await remove(() => refusal(status, code));
    expect(done).toEqual({ ok: false, message });
  });
});

describe('a token', () => {
  const jwt = (claims: object) =>
    `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2lnbmF0dXJl`;
  const access = (...actions: string[]) => ({
    access: [{ type: 'repository', name: 'a/b', actions }],
  });
  const mayPush = async (token: string | null) => {
    const { host, seen } = await scriptedServer(({ path }, response) => {
      const realm = `http://${response.req.headers.host}/token`;
      if (path.startsWith('/token'))
        return token === null
          ? refusal(403, 'DENIED')
          : { status: 200, body: JSON.stringify({ token }) };
      return refusal(401, 'UNAUTHORIZED', { 'www-authenticate': `Bearer realm="${realm}"` });
    });
    return { may: await (await reach()).mayPush(`${host}/a/b:1`, TIMEOUT_MS), seen };
  };

  it('says that one may push, and is all that is asked for', async () => {
    const { may, seen } = await mayPush(jwt(access('pull', 'push')));
    expect(may).toBe(true);
    expect(seen.map(({ method, path }) => [method, path])).toEqual([
      ['GET', '/v2/'],
      ['GET', '/token?scope=repository%3Aa%2Fb%3Apull%2Cpush'],
    ]);
    expect((await mayPush(jwt(access('*')))).may).toBe(true);
  });

  it.each([
    ['one may pull alone', jwt(access('pull')), false],
    ['one may nothing', jwt({ access: [] }), false],
    [
      'one may push elsewhere',
      jwt({ access: [{ ...access('push').access[0], name: 'c' }] }),
      false,
    ],
    ['nothing: it has no such part', jwt({}), null],
    ['nothing: it is not to be read', 'djE6YTpi', null],
    ['nothing: there is none', null, null],
  ])('says that %s', async (_, token, expected) => {
    expect((await mayPush(token)).may).toBe(expected);
  });

  it('is not what a registry with passwords, or one that is open, goes by: nobody can say', async () => {
    for (const script of [
      (() => ({ status: 200, body: '{}' })) satisfies Script,
      (() => refusal(401, 'X', { 'www-authenticate': 'Basic realm="r"' })) satisfies Script,
    ]) {
      const { host } = await scriptedServer(script);
      expect(await (await reach()).mayPush(`${host}/a/b:1`, TIMEOUT_MS)).toBeNull();
    }
  });
});
