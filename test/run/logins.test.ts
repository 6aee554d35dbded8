import { describe, expect, it } from 'vitest';
import type { Transfer } from '../../src/docker/port.ts';
import { DEFAULT_LIMITS, type Registry } from '../../src/model/registry.ts';
import type { ResolvedBuild } from '../../src/model/resolved.ts';
import { createLogins } from '../../src/run/logins.ts';
import type { Passwords } from '../../src/run/ports.ts';
import { imagine } from '../rig/imagined.ts';
import { setStage } from '../rig/imagined-docker.ts';

const registry = (key: string, server: string | null = `${key}.test`): Registry => ({
  key,
  server,
  credentials: { username: 'ann', password: { value: 'hunter2' } },
  limits: DEFAULT_LIMITS,
});

const ONE = registry('one');
const TWO = registry('two');
const HUB = registry('hub', null);
const OPEN: Registry = { ...registry('open'), credentials: null };

/** Logins to registries of which each answers when the test lets it. */
function scripted(
  answers: Readonly<Record<string, Promise<Transfer>>> = {},
  { of }: Passwords = { of: async () => ({ value: 'hunter2' }) },
) {
  const begun: string[] = [];
  const { docker } = setStage().services;
  const logins = createLogins({
    docker: {
      ...docker,
      login: ({ key }) => {
        begun.push(key);
        return answers[key] ?? Promise.resolve({ ok: true });
      },
    },
    passwords: { of },
    registries: [ONE, TWO, HUB, OPEN],
    servers: new Set(['open.test']),
  });
  return { begun, logins };
}

function held<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((keep, breach) => {
    resolve = keep;
    reject = breach;
  });
  return { promise, resolve, reject };
}

const REFUSED: Transfer = {
  ok: false,
  kept: false,
  fault: 'unauthorized',
  message: 'wrong password',
  retryable: 'no',
};
/** What is said of it: which registry it was. */
const TOLD = {
  ...REFUSED,
  message: 'the login to the registry one (one.test) failed: wrong password',
};

describe('a login', () => {
  it('is made once a registry, whoever asks', async () => {
    const { begun, logins } = scripted();
    await Promise.all([logins.ensure(ONE), logins.ensure(ONE), logins.ensure(TWO)]);
    await logins.ensure(ONE);
    expect(begun).toEqual(['one', 'two']);
  });

  it('is not made without credentials, or without a registry', async () => {
    const { begun, logins } = scripted();
    expect(await logins.ensure(OPEN)).toEqual({ ok: true });
    expect(await logins.ensure(null)).toEqual({ ok: true });
    expect(begun).toEqual([]);
  });

  it('is shared by all entries for the server', async () => {
    const { begun, logins } = scripted();
    const other: Registry = { ...OPEN, key: 'other', server: 'one.test' };
    const spelt: Registry = { ...OPEN, key: 'spelt', server: null };
    for (const each of [other, ONE, spelt]) await logins.ensure(each);
    expect(begun).toEqual(['one', 'hub']);
    expect([other, spelt].map((each) => logins.isLoggedIn(each))).toEqual([true, true]);
  });

  it('waits for the one before: docker would lose one of two', async () => {
    const first = held<Transfer>();
    const { begun, logins } = scripted({ one: first.promise });
    const both = Promise.all([logins.ensure(ONE), logins.ensure(TWO)]);
    await new Promise(setImmediate);
    expect(begun).toEqual(['one']);
    first.resolve({ ok: true });
    await both;
    expect(begun).toEqual(['one', 'two']);
  });

  it('that a registry denies has advice of its own, since nothing else was asked for', async () => {
    const denied: Transfer = { ...REFUSED, fault: 'denied', message: '403 Forbidden' };
    const { logins } = scripted({ one: Promise.resolve(denied) });
    expect(await logins.ensure(ONE)).toEqual({
      ...denied,
      message: 'the login to the registry one (one.test) failed: 403 Forbidden',
      advice:
        'check the username and password of the registry: a password that is a token may have expired',
    });
  });

  it('that was refused is so for all who ask, and for no other registry', async () => {
    const { begun, logins } = scripted({ one: Promise.resolve(REFUSED) });
    expect(await Promise.all([logins.ensure(ONE), logins.ensure(ONE)])).toEqual([TOLD, TOLD]);
    expect(await logins.ensure(TWO)).toEqual({ ok: true });
    expect(begun).toEqual(['one', 'two']);
  });

  it('that failed in a way that may pass is made again for who asks again', async () => {
    let answer: Transfer = { ...REFUSED, fault: 'timeout', retryable: 'yes' };
    const { docker } = setStage().services;
    const logins = createLogins({
      docker: { ...docker, login: async () => answer },
      passwords: { of: async () => ({ value: 'hunter2' }) },
      registries: [ONE],
      servers: new Set(),
    });
    expect(await logins.ensure(ONE)).toMatchObject({ ok: false, fault: 'timeout' });
    expect(logins.isLoggedIn(ONE)).toBe(false);
    answer = { ok: true };
    expect(await logins.ensure(ONE)).toEqual({ ok: true });
    expect(logins.isLoggedIn(ONE)).toBe(true);
  });

  it('is known once it was made; without credentials, where docker has one', async () => {
    const { logins } = scripted({ two: Promise.resolve(REFUSED) });
    await Promise.all([logins.ensure(ONE), logins.ensure(TWO), logins.ensure(OPEN)]);
    const known = [ONE, TWO, HUB, OPEN, { ...OPEN, server: 'else.test' }, null];
    expect(known.map((each) => logins.isLoggedIn(each))).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  it('without a password is not made, and says why', async () => {
    const problem = 'the password_command of the registry one failed with exit code 1: locked';
    const { begun, logins } = scripted({}, { of: async () => ({ problem }) });
    expect(await logins.ensure(ONE)).toEqual({
      ...REFUSED,
      message: `the login to the registry one (one.test) failed: ${problem}`,
    });
    expect(begun).toEqual([]);
  });

  it('that could not be made is thrown', async () => {
    const first = held<Transfer>();
    const { logins } = scripted({ one: first.promise });
    const ended = logins.ensure(ONE);
    const error = new Error('stopped by SIGINT');
    first.reject(error);
    await expect(ended).rejects.toBe(error);
    expect(await logins.ensure(TWO)).toEqual({ ok: true });
  });
});

describe('a build', () => {
  const PARENT = { key: 'p', name: 'p', contexts: ['p'], ref: 'one.test/p:1', hash: null };
  const build = (keys: Partial<ResolvedBuild>) => imagine('app', { buildKeys: keys }).build!;
  const dockerfile = (text: string) => ({
    path: null,
    shown: 'Dockerfile',
    bytes: Buffer.from(text),
  });

  it.each<[string, Partial<ResolvedBuild>, string[]]>([
    ['a base image', { baseImages: ['one.test/base:1'] }, ['one']],
    [
      'a base image by its digest',
      { baseImages: [`one.test/base:1@sha256:${'a'.repeat(64)}`] },
      ['one'],
    ],
    ['a base image in another case', { baseImages: ['One.Test/base'] }, ['one']],
    ['a base image of an account on Docker Hub', { baseImages: ['ann/private:1'] }, ['hub']],
    ['an official image of Docker Hub', { baseImages: ['debian:12'] }, ['hub']],
    ["Docker Hub's own address", { baseImages: ['registry-1.docker.io/ann/private'] }, ['hub']],
    ['the syntax', { syntax: 'ann/frontend:2' }, ['hub']],
    ['a cache on Docker Hub', { cacheTo: ['type=registry,ref=ann/app:cache,mode=max'] }, ['hub']],
    [
      'an image whose name a variable hides',
      { dockerfile: dockerfile('FROM one.test/x-$TARGETARCH\n') },
      ['one'],
    ],
    ['a parent, for a builder that fetches it', { builder: 'b', parents: [PARENT] }, ['one']],
    ['a parent that is here', { parents: [PARENT] }, []],
    [
      'a cache that is in no registry',
      { cacheFrom: ['type=local,src=one.test/x', 'type=gha'] },
      [],
    ],
    ['a comment', { dockerfile: dockerfile('# FROM one.test/x\nFROM scratch\n') }, []],
    ['a build argument', { buildArgs: new Map([['BASE', 'two.test/base']]) }, ['two']],
    ['a cache', { cacheFrom: ['type=registry,ref=one.test/app:cache'] }, ['one']],
    ['a cache to write', { cacheTo: ['two.test/app:cache'] }, ['two']],
    [
      'an additional context',
      {
        additionalContexts: new Map([
          ['x', { kind: 'remote', source: 'docker-image://one.test/x' }],
        ]),
      },
      ['one'],
    ],
    ['a longer host', { buildArgs: new Map([['BASE', 'not-one.test/base']]) }, []],
    ['two of them', { cacheFrom: ['two.test/a', 'one.test/b'] }, ['one', 'two']],
    ['none of them', { dockerfile: dockerfile('FROM other.test/base\nRUN echo one.test\n') }, []],
    ['one that needs no login', { dockerfile: dockerfile('FROM open.test/base\n') }, []],
  ])('logs in to the registries that are named in %s', async (_, keys, keysOfRegistries) => {
    const { begun, logins } = scripted();
    expect(await logins.ensureForBuild(build(keys))).toEqual({ ok: true });
    expect(begun).toEqual(keysOfRegistries);
  });

  it('can do without the login for what everybody may fetch', async () => {
    const { begun, logins } = scripted({ hub: Promise.resolve(REFUSED) });
    expect(await logins.ensureForBuild(build({ baseImages: ['debian'] }))).toEqual({ ok: true });
    const asked = await logins.ensureForBuild(build({ baseImages: ['debian', 'ann/private'] }));
    expect(asked).toMatchObject({ ok: false });
    expect(begun).toEqual(['hub']);
  });

  it('has the answer of the registry that refused', async () => {
    const { logins } = scripted({ one: Promise.resolve(REFUSED) });
    const keys = { dockerfile: dockerfile('FROM one.test/base\n') };
    expect(await logins.ensureForBuild(build(keys))).toEqual(TOLD);
  });
});
