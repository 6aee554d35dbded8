import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  familiarReference,
  isServer,
  isTag,
  normalizedReference,
  parseReference,
} from '../../src/model/reference.ts';

const HEX_64 = 'deadbeef'.repeat(8);

/** Cases of https://github.com/distribution/reference: normalize_test.go, reference_test.go. */
describe('a reference that docker takes', () => {
  test.each([
    ['x', 'docker.io/library/x:latest', 'x:latest'],
    ['x:1', 'docker.io/library/x:1', 'x:1'],
    ['docker/docker', 'docker.io/docker/docker:latest', 'docker/docker:latest'],
    ['library/debian', 'docker.io/library/debian:latest', 'debian:latest'],
    ['docker.io/debian', 'docker.io/library/debian:latest', 'debian:latest'],
    ['docker.io/library/debian', 'docker.io/library/debian:latest', 'debian:latest'],
    ['index.docker.io/docker/docker', 'docker.io/docker/docker:latest', 'docker/docker:latest'],
    [`x.test/${HEX_64}:1`, `x.test/${HEX_64}:1`, `x.test/${HEX_64}:1`],
    ['foo/library/bar', 'docker.io/foo/library/bar:latest', 'foo/library/bar:latest'],
    ['foo_bar/a--b', 'docker.io/foo_bar/a--b:latest', 'foo_bar/a--b:latest'],
    ['a.b/c', 'a.b/c:latest', 'a.b/c:latest'],
    ['b_c/d:1', 'docker.io/b_c/d:1', 'b_c/d:1'],
    ['a_b.example/x', 'a_b.example/x:latest', 'a_b.example/x:latest'],
    ['localhost/x', 'localhost/x:latest', 'localhost/x:latest'],
    ['localhost:5000/x:1', 'localhost:5000/x:1', 'localhost:5000/x:1'],
    ['Host/x', 'Host/x:latest', 'Host/x:latest'],
    ['127.0.0.1:5000/a/b', '127.0.0.1:5000/a/b:latest', '127.0.0.1:5000/a/b:latest'],
    ['[::1]:5000/x', '[::1]:5000/x:latest', '[::1]:5000/x:latest'],
    ['[2001:db8::1]/x', '[2001:db8::1]/x:latest', '[2001:db8::1]/x:latest'],
    ['test:5000', 'docker.io/library/test:5000', 'test:5000'],
    ['xn--n3h.com/myimage', 'xn--n3h.com/myimage:latest', 'xn--n3h.com/myimage:latest'],
  ])('%s', (text, normalized, familiar) => {
    const reference = parseReference(text);
    expect(reference && normalizedReference(reference)).toBe(normalized);
    expect(reference && familiarReference(reference)).toBe(familiar);
  });
});

describe('what docker does not take', () => {
  test.each([
    '',
    ':tag',
    'https://github.com/docker/docker',
    'docker/Docker',
    '-docker/x',
    'docker/-x',
    'x-',
    'x_',
    'a___b',
    'a..b',
    'a._b',
    '/x',
    'x/',
    'a//b',
    'docker///docker',
    'x:',
    'x:-1',
    'x:1:2',
    `x:${'a'.repeat(129)}`,
    'x@sha256:0',
    'x y',
    'x\n',
    HEX_64,
    `${HEX_64}:1`,
    `docker.io/${HEX_64}`,
    'docker.io/1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a',
    `index.docker.io/library/${HEX_64}:1`,
    'a_b.example:5000/x',
    '_a.example/x',
    'a.b:port/x',
    '[fe80::1%eth0]:5000/x',
    `docker.io/${'a/'.repeat(128)}a`,
  ])('%j', (text) => {
    expect(parseReference(text)).toBeNull();
  });
});

/** Docker's own verdicts, which both its image stores share: test/rig/record-references.ts writes them. */
test('more than 500 generated names are taken, shortened or refused as docker does it', () => {
  const lines = readFileSync(new URL('references.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  expect(lines.length).toBeGreaterThan(500);
  const ours = lines.map((line) => {
    const [name] = JSON.parse(line) as [string, string | null];
    const reference = parseReference(name);
    return JSON.stringify([name, reference && familiarReference(reference)]);
  });
  expect(ours).toEqual(lines);
});

const component = fc.stringMatching(/^[a-z0-9]{1,5}((\.|_|__|-{1,3})[a-z0-9]{1,5}){0,2}$/);
const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);
const server = fc.constantFrom(
  null,
  'docker.io',
  'localhost',
  'reg.example',
  'reg:5000',
  'Reg',
  '[::1]:80',
  '10.0.0.1',
);
const parts = fc.record({ server, path, tag: fc.option(tag) });

describe('any reference', () => {
  test('stays the same image in its normalized and its familiar form', () => {
    fc.assert(
      fc.property(parts, ({ server, path, tag }) => {
        const text = `${server === null ? '' : `${server}/`}${path}${tag === null ? '' : `:${tag}`}`;
        const reference = parseReference(text);
        // A first component with a dot is a server, and need not be a good one.
        fc.pre(reference !== null);
        expect(parseReference(normalizedReference(reference))).toEqual(reference);
        // Docker has this from of old: `docker.io/localhost/x` is shown as `localhost/x`.
        fc.pre(
          reference.server !== 'docker.io' ||
            !/^(localhost|[^/]*\.[^/]*)\//.test(reference.repository),
        );
        expect(parseReference(familiarReference(reference))).toEqual(reference);
      }),
    );
  });

  test('with a server and a tag is taken apart as it was put together', () => {
    fc.assert(
      fc.property(path, tag, (path, tag) => {
        expect(parseReference(`reg.example:5000/${path}:${tag}`)).toEqual({
          server: 'reg.example:5000',
          repository: path,
          tag,
        });
      }),
    );
  });

  test('whatever the text, there is an answer, and soon', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9._:@/[\]-]{0,80}$/), (text) => {
        const reference = parseReference(text);
        if (reference !== null) expect(isTag(reference.tag)).toBe(true);
      }),
      { numRuns: 1000 },
    );
    for (const unit of ['a', 'a-', 'a.', 'a_', '-', 'A', '/', ':', '[:', 'a/']) {
      const started = performance.now();
      parseReference(`${unit.repeat(100_000)}!/x`);
      parseReference(`x/${unit.repeat(100_000)}!`);
      isServer(`${unit.repeat(100_000)}!`);
      expect(performance.now() - started, unit).toBeLessThan(10_000);
    }
  });
});
