import { describe, expect, it } from 'vitest';
import { hasNone, parseHelper, sourceOf } from '../../src/docker/credentials.ts';
import type { LoginConfig } from '../../src/docker/login-config.ts';

const pair = (text: string) => Buffer.from(text).toString('base64');
const NONE = { kind: 'none' };
const ANN = { kind: 'password', username: 'ann', password: 'p:w' };
const AUTHS = { 'r.example': { auth: pair('ann:p:w') } };

describe('a login is found', () => {
  const cases: [string, LoginConfig, LoginConfig, unknown][] = [
    ['nowhere', {}, {}, NONE],
    ['nowhere, of another server', { auths: { 'q.example': AUTHS['r.example'] } }, {}, NONE],
    ['in the file', { auths: AUTHS }, {}, ANN],
    ['under an old name', { auths: { 'https://r.example/v1/': AUTHS['r.example'] } }, {}, ANN],
    [
      'in fields of their own',
      { auths: { 'r.example': { username: 'ann', password: 'p:w' } } },
      {},
      ANN,
    ],
    ['with zeros behind it', { auths: { 'r.example': { auth: pair('ann:p:w\0\0') } } }, {}, ANN],
    ['in an entry that is empty', { auths: { 'r.example': {} } }, {}, NONE],
    ['in keys that are empty', { auths: null, credHelpers: null }, {}, NONE],
    [
      'as a token',
      { auths: { 'r.example': { auth: pair('ann:'), identitytoken: 'long' } } },
      {},
      { kind: 'identity', token: 'long' },
    ],
    ['with the store', { credsStore: 'pass' }, {}, { kind: 'helper', name: 'pass' }],
    [
      'with the store, whatever is in the file',
      { auths: AUTHS, credsStore: 'pass' },
      {},
      { kind: 'helper', name: 'pass' },
    ],
    [
      'with the helper of the server',
      { credsStore: 'pass', credHelpers: { 'r.example': 'ecr-login' } },
      {},
      { kind: 'helper', name: 'ecr-login' },
    ],
    [
      'in the file, where the helper of the server is none',
      { auths: AUTHS, credsStore: 'pass', credHelpers: { 'r.example': '' } },
      {},
      ANN,
    ],
    ['in the environment before all', { credsStore: 'pass' }, { auths: AUTHS }, ANN],
  ];
  it.each(cases)('%s', (_, config, first, source) => {
    expect(sourceOf(config, first, 'r.example')).toEqual(source);
  });

  it.each([
    ['a token for the registry itself', { registrytoken: 't' }],
    ['a pair without a password', { auth: pair('ann') }],
    ['a pair without a name', { auth: pair(':pw') }],
    ['a text', 'ann:pw'],
  ])('but not understood: %s', (_, entry) => {
    expect(sourceOf({ auths: { 'r.example': entry } }, {}, 'r.example')).toBeNull();
  });

  it.each(['../evil', 'a b', 'a;b', '$(x)'])('but not by a helper called %j', (name) => {
    expect(sourceOf({ credsStore: name }, {}, 'r.example')).toBeNull();
  });

  it('for Docker Hub under its own key', () => {
    const key = 'https://index.docker.io/v1/';
    expect(sourceOf({ auths: { [key]: AUTHS['r.example'] } }, {}, key)).toEqual(ANN);
  });
});

describe('a helper', () => {
  it.each([
    ['{"ServerURL":"r.example","Username":"ann","Secret":"p:w"}\n', ANN],
    ['{"Username":"<token>","Secret":"long"}', { kind: 'identity', token: 'long' }],
    ['{"Username":"","Secret":"x"}', null],
    ['{"Username":"ann"}', null],
    ['not JSON', null],
    ['', null],
    ['null', null],
  ])('that prints %j', (stdout, credentials) => {
    expect(parseHelper(stdout)).toEqual(credentials);
  });

  it('says that it has none', () => {
    expect(hasNone('credentials not found in native keychain\n')).toBe(true);
    expect(hasNone('the keychain is locked\n')).toBe(false);
  });
});
