import { describe, expect, test } from 'vitest';
import { complaints, readBuild, readImage } from './reading.ts';

const registry = (more: object = {}) => ({ kind: 'registry', ref: null, mode: 'max', ...more });

/** What is wrong with an image that has these lines; `build` of the first begins at 5:7. */
const mistakesIn = (cache: string, image = '', defaults = '{}') =>
  complaints(`defaults: ${defaults}
images:
  app:
    build:
      ${cache}
    ${image}
registries: { team: { server: x.test } }
`);

test('cache: what is written, and what is meant', () => {
  const read = (cache: string) =>
    readImage(
      'app',
      `registries: { team: {} }\nimages: { app: { registry: team, build: { ${cache} } } }`,
      { CACHE: 'inline' },
    ).build?.cache;
  expect(read('cache: registry')).toEqual(registry());
  expect(read('cache: inline')).toEqual({ kind: 'inline' });
  expect(read('cache: "${CACHE}"')).toEqual({ kind: 'inline' });
  for (const none of ['', 'cache: ~', 'cache: ""', 'cache: "${NO_CACHE:-}"'])
    expect(read(none)).toBeNull();
  expect(read('cache: {}')).toEqual(registry());
  expect(read('cache: { mode: min }')).toEqual(registry({ mode: 'min' }));
  expect(read('cache: { ref: "y.test/c:app", mode: max }')).toEqual(
    registry({ ref: 'y.test/c:app' }),
  );
  // A reference needs no registry of the image's.
  expect(readBuild('cache: { ref: "y.test/c:app" }').cache).toEqual(
    registry({ ref: 'y.test/c:app' }),
  );
});

describe('a cache that cannot be', () => {
  const form = '(write it as `registry.example.com/name:buildcache`; names are in lower case)';
  test.each([
    [
      'cache: registri',
      '5:14 `cache` must be `registry`, `inline`, or a map with `ref` and `mode`, not `registri`',
    ],
    ['cache: { reff: x }', '5:16 `cache` has no key `reff` (did you mean `ref`?)'],
    ['cache: { mode: most }', '5:22 `cache.mode` must be `max` or `min`, not `most`'],
    ['cache: { ref: "x.test/y" }', `5:21 \`x.test/y\` has no tag ${form}`],
    ['cache: { ref: "x.test/Y:1" }', `5:21 \`x.test/Y:1\` is no image reference ${form}`],
    [
      'cache: { ref: "x.test/y@sha256:1" }',
      `5:21 \`x.test/y@sha256:1\` is no image reference ${form}`,
    ],
    [
      'cache: { ref: "${images.base.ref}" }\n  base: {}',
      '5:22 `${images.base.ref}` cannot be used here (it can in build arguments and other strings beneath `build` that are handed to docker)',
    ],
    [
      'cache: registry',
      '5:14 there is no registry to keep the cache in: the image has no `registry` (give the image a `registry`, or say where: `cache: { ref: … }`)',
    ],
  ])('%s', (line, message) => {
    expect(mistakesIn(line)).toEqual([message]);
  });

  test('of an image that no registry may have, unless a default says so', () => {
    const none = 'registry: team\n    remote_policy: none';
    expect(mistakesIn('cache: { ref: "x.test/y:1" }', none)).toEqual([
      '5:14 there is no registry to keep the cache in: `remote_policy: none` keeps the image from every one (leave `cache` out, or give the image another `remote_policy`)',
    ]);
    expect(mistakesIn('target: a', '', '{ build: { cache: registry } }')).toEqual([]);
    expect(mistakesIn('target: a', none, '{ build: { cache: registry } }')).toEqual([]);
  });

  test('of a key that makes no tag', () => {
    const key = 'k'.repeat(118);
    expect(
      complaints(
        `registries: { team: {} }\nimages:\n  ${key}: { name: a, registry: team, build: { cache: registry } }\n`,
      ),
    ).toEqual([
      `3:166 the cache beside the image would have the tag \`buildcache-${key}\`, of 129 characters; docker takes 128 (name another reference: \`cache: { ref: … }\`)`,
    ]);
  });

  test.each([
    ['version: "1"', 'x.test/app:1'],
    ['tags: [now]', 'x.test/app:now'],
    ['with_hash: true, hash_len: 6', 'x.test/app:0aB1c2'.toLowerCase()],
    ['version: v, with_hash: true, hash_len: 6', 'x.test/app:v-00ffee'],
    ['name: team/app, version: buildcache-cached', 'x.test/team/app:buildcache-cached'],
  ])('of an image with %s: %s', (keys, ref) => {
    const given = ref.endsWith('cached') ? 'registry' : `{ ref: "${ref}" }`;
    const found = complaints(`registries: { team: { server: x.test } }
defaults: { registry: team }
images:
  app: { ${keys}, build: {} }
  cached: { name: ${ref.endsWith('cached') ? 'team/app, version: 2' : 'other'}, build: { cache: ${given} } }
`);
    expect(found).toEqual([
      expect.stringMatching(
        `^5:\\d+ the cache of \`cached\` would be ${ref}, which \`app\` \\(ensure.yaml:4:3\\) is called \\(name another`,
      ),
    ]);
  });

  test('of two images at once', () => {
    const found = complaints(`defaults: { build: { cache: { ref: "x.test/caches:all" } } }
images:
  one: { build: {} }
  two: { build: { target: a } }
  own: { build: { cache: inline } }
  here: { name: y.test/z, version: 1, build: { cache: ~ } }
  lies: { build: { cache: { ref: "y.test/z:1" } } }
`);
    const advice = '(name another reference: `cache: { ref: … }`)';
    expect(found).toEqual([
      `1:22 \`two\` and \`one\` (ensure.yaml:3:3) have the same reference for their caches, x.test/caches:all ${advice}`,
      `7:20 the cache of \`lies\` would be y.test/z:1, which \`here\` (ensure.yaml:6:3) is called ${advice}`,
    ]);
  });

  test('not of one that only looks like it', () => {
    const found = complaints(`registries: { team: { server: x.test } }
defaults: { registry: team, with_hash: true, hash_len: 6 }
images:
  app: { version: v, build: { cache: { ref: "x.test/app:v-00ffeeg" } } }
  short: { build: { cache: { ref: "x.test/short:00ffe" } } }
  elsewhere: { build: { cache: { ref: "y.test/elsewhere:00ffee" } } }
`);
    expect(found).toEqual([]);
  });
});
