import { expect, it } from 'vitest';
import { parseChallenge } from '../../../src/docker/registry-api/challenge.ts';

const bearer = (realm: string, service: string | null) => ({ scheme: 'bearer', realm, service });

it.each([
  ['Basic realm="a registry"', { scheme: 'basic' }],
  ['basic', { scheme: 'basic' }],
  [
    'Bearer realm="https://auth.example/token",service="registry.example"',
    bearer('https://auth.example/token', 'registry.example'),
  ],
  [
    'Bearer realm="https://a.example/t", service=plain , scope="repository:a/b:pull,push"',
    bearer('https://a.example/t', 'plain'),
  ],
  ['BEARER Realm="https://a.example/t"', bearer('https://a.example/t', null)],
  ['Bearer realm="https://a.example/\\"t\\"",service=""', bearer('https://a.example/"t"', '')],
  ['Basic realm="r", Bearer realm="https://a.example/t"', bearer('https://a.example/t', null)],
  ['Bearer realm="https://a.example/t", Basic realm="r"', bearer('https://a.example/t', null)],
  ['Bearer service="no realm"', null],
  ['Digest realm="r", nonce="1"', null],
  ['Digest realm="r", nonce="1", Basic realm="r"', { scheme: 'basic' }],
  ['Bearer realm="not closed', null],
  ['', null],
  [undefined, null],
  ['="nothing"', null],
])('%s', (header, challenge) => {
  expect(parseChallenge(header)).toEqual(challenge);
});
