import { expect, it } from 'vitest';
import {
  loginIn,
  secretsIn,
  secretsInName,
  withoutLogin,
} from '../../src/model/login-in-address.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

it.each([
  ['https://bob:hush@git.test/x.git', 'bob:hush', 'https://git.test/x.git'],
  ['https://hush@git.test/x.git#main:dir', 'hush', 'https://git.test/x.git#main:dir'],
  ['HTTPS://bob:hu@sh@git.test:8443/x@v1', 'bob:hu@sh', 'HTTPS://git.test:8443/x@v1'],
  ['https://bob:hu/s#h?@git.test/x.git', 'bob:hu/s#h?', 'https://git.test/x.git'],
  ['ssh://git:hush@git.test/x', 'git:hush', 'ssh://git.test/x'],
])('the login in %s is no part of the address', (address, login, without) => {
  expect(loginIn(address)).toBe(login);
  expect(withoutLogin(address)).toBe(without);
});

it.each([
  ...['https://git.test/x.git', 'https://git.test:8443/x@v1.git', 'https://[::1]:8443/x@v1.git'],
  ...['ssh://git@git.test/x', 'git@git.test:x', 'docker-image://alpine:3.20'],
  ...[`docker-image://alpine@${DIGEST}`, `docker-image://alpine:3.20@${DIGEST}`],
  ...[`docker-image://r.test:5000/app:1@${DIGEST}`, `docker-image://r.test/app:1@${DIGEST}`],
  ...[`oci-layout://layout@${DIGEST}`, `oci-layout://./layout:tag@${DIGEST}`, '../conf', 'a:b@c'],
])('there is no login in %s', (address) => {
  expect(loginIn(address)).toBeNull();
  expect(withoutLogin(address)).toBe(address);
});

it('a password is a secret by itself, and so is a name that may be a token', () => {
  expect(secretsIn('https://bob:hush@git.test')).toEqual(['bob:hush', 'hush']);
  expect(secretsIn('https://hush@git.test')).toEqual(['hush@']);
  expect(secretsIn('https://git.test')).toEqual([]);
});

it.each([
  ['bob:hush@r.test/app', ['bob:hush', 'hush']],
  ['https://bob:hush@r.test:5000/app:1', ['bob:hush', 'hush']],
  ['bob:hu@sh@localhost/app', ['bob:hu@sh', 'hu@sh']],
  ...['app:1.4', 'r.test:5000/app', 'app:1.4@latest', `r.test/app:1@${DIGEST}`, ''].map(
    (name): [string, string[]] => [name, []],
  ),
  [`app:1.4@${DIGEST}`, []],
])('a name of an image may have a login before it, which is secret: %s', (name, secrets) => {
  expect(secretsInName(name)).toEqual(secrets);
});
