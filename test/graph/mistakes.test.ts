import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../src/graph/build-graph.ts';
import { DEFAULT_LIMITS } from '../../src/model/registry.ts';
import { complaints, imagine } from './imagining.ts';

const registry = {
  key: 'team',
  server: 'reg.example',
  credentials: null,
  limits: DEFAULT_LIMITS,
};
const homes = [{ registry, remotePolicy: 'all' as const }];
const hashed = { withHash: true } as const;
const build = (...parents: string[]) => ({ build: { parents } });

describe('parents', () => {
  test('that do not exist', () => {
    const images = imagine({ base: {}, app: build('base', 'bsae', 'ubuntu') });
    expect(complaints(images)).toEqual([
      '2:3 no image is called `bsae` (did you mean `base`?)',
      '2:4 no image is called `ubuntu` (parents are keys of `images`; what is not one needs no mention here)',
    ]);
    expect(buildGraph(images).graph).toBeNull();
  });

  test('that are the image itself', () => {
    expect(complaints(imagine({ app: build('app') }))).toEqual([
      '1:2 `app` cannot be its own parent (remove it here; if it comes from `defaults`, give this image a value of its own)',
    ]);
  });

  test('that are wrong in themselves do exist', () => {
    expect(complaints(imagine({ base: {}, app: build('base') }), new Set(['base']))).toEqual([]);
  });
});

describe('circles', () => {
  const advice = '(an arrow leads from an image to its parent: remove one of these parents)';
  const circle = (place: string, path: string) =>
    `${place} these images are built on each other in a circle: ${path} ${advice}`;

  test('are shown in full, at the place of the first step', () => {
    const images = imagine({ a: build('b'), b: build('x', 'c'), c: build('a'), x: {} });
    expect(complaints(images)).toEqual([circle('1:2', 'a → b → c → a')]);
    expect(buildGraph(images).graph).toBeNull();
  });

  test('are shown without what only leads into them', () => {
    expect(complaints(imagine({ top: build('a'), a: build('b'), b: build('a') }))).toEqual([
      circle('2:2', 'a → b → a'),
    ]);
  });

  test('that have nothing in common are all shown', () => {
    const images = imagine({ a: build('b'), b: build('a'), c: build('d', 'a'), d: build('c') });
    expect(complaints(images)).toEqual([circle('1:2', 'a → b → a'), circle('3:2', 'c → d → c')]);
  });

  test('do not multiply where everything is built on everything', () => {
    const keys = Array.from({ length: 100 }, (_, i) => `i${i}`);
    const all = keys.map((key) => [key, build(...keys.filter((other) => other !== key))]);
    expect(complaints(imagine(Object.fromEntries(all))).length).toBeLessThanOrEqual(50);
  });
});

describe('two images with one reference', () => {
  const advice = '(give one of them another `name` or `version`, or both `with_hash`)';

  test('are told with both places', () => {
    expect(
      complaints(imagine({ a: { name: 'x', version: '1' }, b: { name: 'x', version: '1' } })),
    ).toEqual([`2:1 \`b\` and \`a\` (ensure.yaml:1:1) have the same reference, x:1 ${advice}`]);
  });

  test.each([
    [
      'docker.io/library/x:latest',
      { name: 'x' },
      { name: 'docker.io/library/x', version: 'latest' },
    ],
    ['reg.example/x', { name: 'x', homes }, { name: 'reg.example/x' }],
  ])('however they are written: %s', (reference, a, b) => {
    expect(complaints(imagine({ a, b }))).toEqual([
      `2:1 \`b\` and \`a\` (ensure.yaml:1:1) have the same reference, ${reference} ${advice}`,
    ]);
  });

  test('are none where the hash tells them apart', () => {
    const a = { name: 'x', ...hashed, ...build() };
    expect(complaints(imagine({ a, b: a, c: { name: 'x' } }))).toEqual([]);
  });

  test('are not concluded from what is wrong in itself', () => {
    expect(complaints(imagine({ a: { name: 'x' }, b: { name: 'x' } }), new Set(['b']))).toEqual([]);
  });
});

describe('two images with one further tag', () => {
  const advice = '(give one of them another `name`, or other `tags`)';
  const same = (reference: string) =>
    `2:1 \`b\` and \`a\` (ensure.yaml:1:1) have the same reference, ${reference} ${advice}`;

  test.each([
    ['x:latest', { name: 'x', version: '1' }, { name: 'x', version: '2' }],
    [
      'docker.io/library/x:latest',
      { name: 'x', version: '1' },
      { name: 'docker.io/library/x', version: '2' },
    ],
    ['x:latest', { name: 'x', ...hashed, ...build() }, { name: 'x', ...hashed, ...build() }],
    ['x:latest', { name: 'x', version: '1', homes }, { name: 'x', version: '2' }],
  ])('are told of: %s', (reference, a, b) => {
    const tags = ['latest', 'main'];
    expect(complaints(imagine({ a: { ...a, tags }, b: { ...b, tags: ['latest'] } }))).toEqual([
      same(reference),
    ]);
  });

  test('are none where the tags or the names differ', () => {
    const images = imagine({
      a: { name: 'x', version: '1', tags: ['latest'] },
      b: { name: 'x', version: '2', tags: ['main'] },
      c: { name: 'y', version: '1', tags: ['latest', 'main'] },
    });
    expect(complaints(images)).toEqual([]);
  });

  test.each([
    ['before it', { a: { name: 'x' }, b: { name: 'x', version: '2', tags: ['latest'] } }],
    [
      'before it, in its registry',
      {
        a: { name: 'reg.example/x' },
        b: { name: 'reg.example/x', version: '2', tags: ['latest'] },
      },
    ],
  ])('or one whose tag is the other’s own: %s', (_, images) => {
    expect(complaints(imagine(images))).toEqual([same(`${images.a.name}:latest`)]);
  });

  test('that is the own reference of a later image', () => {
    const images = imagine({
      a: { name: 'x', version: '2', tags: ['1'] },
      b: { name: 'x', version: '1' },
    });
    expect(complaints(images)).toEqual([
      '2:1 `b` and `a` (ensure.yaml:1:1) have the same reference, x:1 (give one of them another `name` or `version`, or both `with_hash`)',
    ]);
  });
});

describe('two parents that a Dockerfile calls the same', () => {
  const advice = '(give one of them another name or version)';

  test('with a version, and without', () => {
    const one = { name: 'x', version: '1', ...hashed, ...build() };
    expect(complaints(imagine({ a: one, b: one, app: build('a', 'b') }))).toEqual([
      `3:3 a Dockerfile would call both the parent \`b\` and the parent \`a\` \`x:1\` ${advice}`,
    ]);
    const bare = { name: 'x', ...hashed, ...build() };
    expect(complaints(imagine({ a: bare, b: bare, app: build('a', 'b') }))).toEqual([
      `3:3 a Dockerfile would call both the parent \`b\` and the parent \`a\` \`x\` ${advice}`,
    ]);
  });

  test('are none where their versions differ', () => {
    const images = imagine({
      a: { name: 'x', version: '1' },
      b: { name: 'x', version: '2' },
      c: { name: 'x', ...hashed, ...build() },
      app: build('a', 'b', 'c'),
    });
    expect(complaints(images)).toEqual([]);
  });

  test('or a parent and an additional context', () => {
    const app = { build: { parents: ['a'], additionalContexts: new Map([['a', ['../a']]]) } };
    expect(complaints(imagine({ a: {}, app }))).toEqual([
      `2:2 a Dockerfile would call both the parent \`a\` and the additional context \`a\` \`a\` ${advice}`,
    ]);
  });
});

describe('an interval', () => {
  const interval = { seconds: 60, offset: 0 };
  const warning =
    'warning: `interval` does nothing here: no tag carries the hash that it changes (add `with_hash: true` to this image, or to one that is built on it)';

  test('that reaches no tag is warned of, and no more', () => {
    const images = imagine({ base: { build: { interval } }, app: build('base') });
    expect(complaints(images)).toEqual([`1:1 ${warning}`]);
    expect(buildGraph(images).graph).not.toBeNull();
  });

  test.each([
    ['its own', imagine({ base: { ...hashed, build: { interval } } })],
    ['a child’s', imagine({ base: { build: { interval } }, app: { ...hashed, ...build('base') } })],
    [
      'a grandchild’s',
      imagine({
        base: { build: { interval } },
        mid: build('base'),
        app: { ...hashed, ...build('mid') },
      }),
    ],
  ])('that reaches a tag is not: %s', (_, images) => {
    expect(complaints(images)).toEqual([]);
  });
});
