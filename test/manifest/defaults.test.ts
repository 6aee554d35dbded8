import { describe, expect, test } from 'vitest';
import { complaints, readImage } from './reading.ts';

const withDefaults = (defaults: string, image: string) =>
  readImage('app', `defaults: ${defaults}\nimages: { app: ${image}, base: {} }`);

describe('a default', () => {
  test('holds where the image does not give the key', () => {
    expect(withDefaults('{ hash_len: 8 }', '{}').hashLength).toBe(8);
  });

  test('gives way to the value of the image', () => {
    expect(withDefaults('{ hash_len: 8 }', '{ hash_len: 12 }').hashLength).toBe(12);
  });

  test('that is wrong is reported once, where it stands', () => {
    expect(complaints('defaults: { hash_len: 2 }\nimages: { a: {}, b: {}, c: {} }')).toEqual([
      '1:23 `hash_len` must be a whole number from 4 to 64, not `2`',
    ]);
    expect(complaints('defaults: { registry: nope }\nimages: { a: {}, b: {} }')).toEqual([
      '1:23 no registry is called `nope` (declare it: `registries: { nope: { server: … } }`)',
    ]);
  });
});

describe('defaults.build', () => {
  test('makes no build of its own', () => {
    expect(withDefaults('{ build: { target: a } }', '{}').build).toBeNull();
    expect(withDefaults('{ build: { target: a } }', '{ build: null }').build).toBeNull();
  });

  test('reaches, key by key, an image that has a build', () => {
    expect(
      withDefaults('{ build: { target: a, pull: true } }', '{ build: {} }').build,
    ).toMatchObject({
      target: ['a'],
      pull: true,
    });
    expect(
      withDefaults('{ build: { target: a, pull: true } }', '{ build: { target: b } }').build,
    ).toMatchObject({ target: ['b'], pull: true });
  });

  test('a map in it is replaced as a whole', () => {
    const image = withDefaults(
      '{ build: { build_args: { A: 1, B: 2 } } }',
      '{ build: { build_args: { C: 3 } } }',
    );
    expect(image.build?.buildArgs).toEqual(new Map([['C', ['3']]]));
  });

  test('its Dockerfile gives way to either kind of one’s own', () => {
    expect(
      withDefaults('{ build: { dockerfile: D } }', '{ build: { dockerfile_inline: FROM base } }')
        .build?.dockerfile,
    ).toEqual({ kind: 'inline', text: ['FROM base'] });
    expect(
      withDefaults('{ build: { dockerfile_inline: FROM a } }', '{ build: { dockerfile: D } }').build
        ?.dockerfile,
    ).toMatchObject({ kind: 'file', path: '/project/D' });
  });

  test('its parents are each image’s parents', () => {
    expect(
      withDefaults('{ build: { parents: [base] } }', '{ build: {} }').build?.parents,
    ).toMatchObject([{ key: 'base' }]);
    expect(
      complaints(
        'defaults:\n  build: { parents: [bsae] }\nimages: { a: { build: {} }, base: { build: {} } }',
      ),
    ).toEqual(['2:22 no image is called `bsae` (did you mean `base`?)']);
  });
});

describe('with_hash', () => {
  test('from defaults passes by an image without a build', () => {
    expect(withDefaults('{ with_hash: true }', '{}').withHash).toBe(false);
    expect(withDefaults('{ with_hash: true }', '{ build: {} }').withHash).toBe(true);
  });

  test('of one’s own needs a build', () => {
    expect(complaints('images:\n  app: { with_hash: true }')).toEqual([
      '2:21 `with_hash` needs a `build`: there is nothing to hash (give the image a `build`, or remove `with_hash`)',
    ]);
  });

  test('hash_len without it is no mistake', () => {
    expect(complaints('images: { app: { hash_len: 8, build: {} } }')).toEqual([]);
  });
});
