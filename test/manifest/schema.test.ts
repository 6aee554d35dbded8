import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { complaints } from './reading.ts';

const inBuild = (line: string) => `images:\n  app:\n    build:\n      ${line}\n`;

describe('an unknown key', () => {
  test.each([
    [
      'regisries: {}\nimages: { a: }',
      '1:1 the manifest has no key `regisries` (did you mean `registries`?)',
    ],
    [
      'images: { a: { verison: 1 } }',
      '1:16 the image `a` has no key `verison` (did you mean `version`?)',
    ],
    [
      'registries: { r: { url: x } }\nimages: { a: }',
      '1:20 the registry `r` has no key `url` (the keys are `server`, `username`, `password`, `password_command`, `retries`, `timeout`, `max_concurrent`)',
    ],
    [
      'defaults: { withHash: true }\nimages: { a: }',
      '1:13 `defaults` has no key `withHash` (did you mean `with_hash`?)',
    ],
    [
      'images: { a: { dockerfile: D } }',
      '1:16 the image `a` has no key `dockerfile` (`dockerfile` belongs beneath `build`)',
    ],
    [
      'images: { a: { matrix: { v: [1] }, exclude: [{ v: 1 }] } }',
      '1:36 the image `a` has no key `exclude` (`exclude` belongs beneath `matrix`)',
    ],
    [
      'images: { a: { build: { version: 1 } } }',
      '1:25 `build` has no key `version` (`version` belongs to the image, one level up)',
    ],
    [
      inBuild('files: { patterns: [a] }'),
      '4:16 `files` has no key `patterns` (the keys are `only`, `all_but`, `tracked`)',
    ],
    [inBuild('files: { onyl: [a] }'), '4:16 `files` has no key `onyl` (did you mean `only`?)'],
    [
      inBuild('interval: { every: 1d, ofset: 2024-01-01 }'),
      '4:30 `interval` has no key `ofset` (did you mean `offset`?)',
    ],
  ])('%j', (text, message) => {
    expect(complaints(text)).toEqual([message]);
  });
});

describe('a value of the wrong kind', () => {
  test.each([
    ['images: { a: 3 }', '1:14 the image `a` must be a map of image keys, not `3`'],
    ['images: { a: { name: [b] } }', '1:22 `name` must be a string, not a list'],
    [
      'images: { a: { with_hash: yes, build: } }',
      '1:27 `with_hash` must be true or false, not `yes` (write `with_hash: true`)',
    ],
    [
      'images: { a: { force_build: "false" } }',
      '1:29 `force_build` must be true or false, not `false` (write `force_build: false`)',
    ],
    [
      'images: { a: { hash_len: 3 } }',
      '1:26 `hash_len` must be a whole number from 4 to 64, not `3`',
    ],
    [
      'images: { a: { hash_len: 8.5 } }',
      '1:26 `hash_len` must be a whole number from 4 to 64, not `8.5`',
    ],
    [
      'images: { a: { remote_policy: pull } }',
      '1:31 `remote_policy` must be one of `all`, `pull_only`, `push_only`, `none`, not `pull`',
    ],
    [
      'registries: [a]\nimages: { a: }',
      '1:13 `registries` must be a map of registries, not a list (write `registries: { NAME: value }`)',
    ],
    [
      'registries: { a: b.example }\nimages: { a: }',
      '1:18 the registry `a` must be a map with `server`, `username` and `password`, not `b.example`',
    ],
    [
      inBuild('build_args: [A=b]'),
      '4:19 `build_args` must be a map of strings, not a list (write `build_args: { NAME: value }`)',
    ],
    [inBuild('build_args: { A: [b] }'), '4:24 `build_args.A` must be a string, not a list'],
    [
      inBuild('parents: base'),
      '4:16 `parents` must be a list of strings, not `base` (write `parents: [base]`)',
    ],
    [inBuild('parents: [{ base: }]'), '4:17 `parents[0]` must be a string, not a map'],
    [
      inBuild('files: some'),
      '4:14 `files` must be `copied`, `context`, `all`, `nothing`, or a map with `only`, `all_but` and `tracked`, not `some`',
    ],
    [
      inBuild('files: { only: a }'),
      '4:22 `files.only` must be a list of strings, not `a` (write `only: [a]`)',
    ],
    [
      inBuild('interval: 90'),
      '4:17 `interval` must be a duration such as `1d`, or a map with `every` and `offset`, not `90`',
    ],
    [inBuild('interval: { offset: 2024-01-01 }'), '4:7 `interval` needs the key `every`'],
    [inBuild('labels: { a: }'), '4:17 `labels.a` must be a string, not empty'],
    [inBuild('metadata: [a]'), '4:17 `metadata` must be a string or a map of strings, not a list'],
    [inBuild('shm_size: much'), '4:17 `shm_size` must be a size such as `64m`, not `much`'],
    [
      inBuild('ulimits: { nofile: many }'),
      '4:26 `ulimits.nofile` must be a limit such as `1024` or `1024:2048`, not `many`',
    ],
    [
      inBuild('secrets: [3]'),
      '4:17 `secrets[0]` must be a secret such as `{ id: npm, env: NPM_TOKEN }`, not `3`',
    ],
    [inBuild('secrets: [{ env: A }]'), '4:7 `secrets[0]` needs the key `id`'],
  ])('%j', (text, message) => {
    expect(complaints(text)).toEqual([message]);
  });
});

describe('a word that is not one of those known', () => {
  test.each([
    [
      'remote_policy: pull',
      '2:25 `remote_policy` must be one of `all`, `pull_only`, `push_only`, `none`, not `pull`',
    ],
    [
      'skip_checks: [idel-interval]',
      '2:24 no check is called `idel-interval` (did you mean `idle-interval`?)',
    ],
  ])('%s', (line, message) => {
    expect(complaints(`images:\n  app: { ${line} }`)).toEqual([message]);
  });
});

describe('a key that cannot be one', () => {
  test.each([
    [
      'images: { "my app": }',
      '1:11 `my app` cannot be a key of `images` (a key is letters, digits, dots, dashes and underscores, beginning with a letter, a digit or an underscore)',
    ],
    [
      'registries: { a/b: }\nimages: { a: }',
      '1:15 `a/b` cannot be a key of `registries` (a key is letters, digits, dots, dashes and underscores, beginning with a letter, a digit or an underscore)',
    ],
    [
      inBuild('build_args: { A=b: c }'),
      '4:21 `A=b` cannot be a key of `build_args` (a key is a name without blanks or `=`)',
    ],
  ])('%j', (text, message) => {
    expect(complaints(text)).toEqual([message]);
  });
});

test('every key of the schema has a title or a type, a description and an example', () => {
  const { definitions, properties } = JSON.parse(readFileSync('schema/ensure.schema.json', 'utf8'));
  const keys = [
    properties,
    definitions.registry.properties,
    definitions.image.properties,
    definitions.build.properties,
  ];
  for (const [key, schema] of keys.flatMap((section) => Object.entries(section))) {
    if (key === 'build') continue;
    expect(schema, key).toMatchObject({
      description: expect.any(String),
      examples: [expect.anything()],
    });
  }
});

test('what stands on a wrong value is not reported as well', () => {
  expect(complaints('registries: [team]\nimages: { a: { registry: team } }')).toHaveLength(1);
  expect(complaints('images: { a: 3, b: { build: { parents: [a] } } }')).toHaveLength(1);
  expect(complaints('images: { a: { name: x, verison: 1 }, b: { name: x } }')).toHaveLength(1);
  expect(complaints('images: { a: { build: 3, with_hash: true } }')).toHaveLength(1);
});

test('a reference where a flag is expected', () => {
  expect(complaints('images: { a: { with_hash: "${images.b.ref}", build: }, b: }')).toEqual([
    '1:27 `with_hash` must be true or false, not `${images.b.ref}`',
  ]);
});
