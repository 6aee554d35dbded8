import { describe, expect, it } from 'vitest';
import { isLoopback, isProxied } from '../../../src/docker/registry-api/proxied.ts';

const PROXY = 'http://proxy.example:3128';

describe('through a proxy goes', () => {
  it.each([
    ['https://r.example', {}, false],
    ['https://r.example', { HTTPS_PROXY: PROXY }, true],
    ['https://r.example', { https_proxy: PROXY }, true],
    ['https://r.example', { HTTPS_PROXY: '' }, false],
    ['https://r.example', { HTTP_PROXY: PROXY }, false],
    ['http://r.example', { HTTP_PROXY: PROXY }, true],
    ['http://127.0.0.1:5000', { HTTP_PROXY: PROXY }, false],
    ['http://localhost:5000', { HTTP_PROXY: PROXY }, false],
    ['http://[::1]:5000', { HTTP_PROXY: PROXY }, false],
  ])('%s %j: %s', (url, env, proxied) => {
    expect(isProxied(new URL(url), env)).toBe(proxied);
  });

  it.each([
    ['r.example', false],
    ['R.Example', false],
    ['example', false],
    ['.example', false],
    ['*.example', false],
    ['*', false],
    ['other.example, r.example', false],
    ['r.example:5000', false],
    ['r.example:443', true],
    ['.r.example', true],
    ['le', true],
    ['r.example.org', true],
    ['10.0.0.0/8', true],
    ['', true],
  ])('r.example:5000 with NO_PROXY=%s: %s', (spared, proxied) => {
    const env = { HTTPS_PROXY: PROXY, NO_PROXY: spared };
    expect(isProxied(new URL('https://r.example:5000'), env)).toBe(proxied);
  });

  it.each([
    ['https://10.1.2.3', '10.0.0.0/8', false],
    ['https://11.1.2.3', '10.0.0.0/8', true],
    ['https://10.1.2.3', '10.1.2.3', false],
    ['https://10.1.2.3', '10.1.2.3:443', false],
    ['https://10.1.2.3', '2.3', true],
    ['https://10.1.2.3', '10.0.0.0/99', true],
    ['https://10.1.2.3', '10.0.0.0/', true],
    ['https://[2001:db8::1]', '2001:db8::/32', false],
    ['https://[2001:db8::1]', '2001:db8::1', false],
    ['https://[2001:db9::1]', '2001:db8::/32', true],
  ])('%s with no_proxy=%s: %s', (url, spared, proxied) => {
    expect(isProxied(new URL(url), { HTTPS_PROXY: PROXY, no_proxy: spared })).toBe(proxied);
  });
});

it.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['[::1]', true],
  ['localhost.example', false],
  ['127.0.0.1.example', false],
  ['128.0.0.1', false],
])('%s is this machine: %s', (host, local) => {
  expect(isLoopback(host)).toBe(local);
});
