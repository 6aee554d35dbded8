import { describe, expect, it } from 'vitest';
import { mayHearPassword, mayLeadTo, placeOf } from '../../../src/docker/registry-api/place.ts';

const HUB = { origin: 'https://registry-1.docker.io', loginKey: 'https://index.docker.io/v1/' };

it.each([
  ['debian', { ...HUB, server: 'docker.io', repository: 'library/debian', tag: 'latest' }],
  ['docker.io/team/app:1', { ...HUB, server: 'docker.io', repository: 'team/app', tag: '1' }],
  ['registry-1.docker.io/team/app:1', { ...HUB, server: 'registry-1.docker.io' }],
  ['r.example/app', { origin: 'https://r.example', loginKey: 'r.example', repository: 'app' }],
  ['r.example:443/app', { origin: 'https://r.example', loginKey: 'r.example:443' }],
  ['r.example:80/app', { origin: 'https://r.example:80', loginKey: 'r.example:80' }],
  ['127.0.0.1:5000/a/b:1', { origin: 'http://127.0.0.1:5000', loginKey: '127.0.0.1:5000' }],
  ['localhost:5000/a/b:1', { origin: 'http://localhost:5000', loginKey: 'localhost:5000' }],
  ['[::1]:5000/a/b:1', { origin: 'http://[::1]:5000', loginKey: '[::1]:5000' }],
])('%s is asked for at its registry', (ref, place) => {
  expect(placeOf(ref)).toMatchObject(place);
});

it.each(['localhost/app', '127.0.0.1/app', 'Not a reference', `app@sha256:${'1'.repeat(64)}`])(
  '%s is left to docker',
  (ref) => expect(placeOf(ref)).toBeNull(),
);

describe('a password', () => {
  it.each([
    ['https://auth.example/token', 'https://r.example', true],
    ['http://auth.example/token', 'https://r.example', false],
    ['http://127.0.0.1:1/token', 'https://r.example', false],
    ['http://127.0.0.1:1/token', 'http://127.0.0.1:5000', true],
    ['http://auth.example/token', 'http://127.0.0.1:5000', false],
    ['https://auth.example/token', 'http://127.0.0.1:5000', false],
    ['https://a:b@auth.example/token', 'https://r.example', false],
  ])('may go to %s for %s: %s', (realm, origin, may) => {
    expect(mayHearPassword(new URL(realm), origin)).toBe(may);
  });
});

describe('a registry', () => {
  it.each([
    ['https://r.example', 'https://blobs.example/1', true],
    ['https://r.example', 'http://blobs.example/1', false],
    ['https://r.example', 'http://127.0.0.1/1', false],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:6000/1', true],
    ['http://127.0.0.1:5000', 'http://blobs.example/1', false],
    ['https://r.example', 'file:///etc/passwd', false],
  ])('%s may lead to %s: %s', (origin, target, may) => {
    expect(mayLeadTo(new URL(target), origin)).toBe(may);
  });
});
