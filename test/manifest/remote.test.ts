import { describe, expect, test } from 'vitest';
import { complaints, readImage } from './reading.ts';

type Variables = Readonly<Record<string, string>>;

const manifestWith = (keys: string, defaults = '{}') =>
  `registries: { team: { server: reg.example:5000 } }\ndefaults: ${defaults}\nimages:\n  app: { ${keys} }\n`;
const mistakesIn = (keys: string, variables: Variables = {}, defaults?: string) =>
  complaints(manifestWith(keys, defaults), variables);
const imageWith = (keys: string, variables: Variables = {}, defaults?: string) =>
  readImage('app', manifestWith(keys, defaults), variables);

describe('require', () => {
  test.each(['local', 'registry', 'both'])('%s', (where) => {
    expect(imageWith(`registry: team, require: ${where}`).require).toBe(where);
    expect(imageWith('registry: team, require: "${W}"', { W: where }).require).toBe(where);
  });

  test.each(['', 'require: ~'])('is local where it is not given: %s', (keys) => {
    expect(imageWith(keys).require).toBe('local');
  });

  test('of an unknown place', () => {
    const message = 'must be one of `local`, `registry`, `both`, not `everywhere`';
    expect(mistakesIn('require: everywhere')).toEqual([`4:19 \`require\` ${message}`]);
    expect(mistakesIn('require: "${W}"', { W: 'everywhere' })).toEqual([
      `4:19 \`require\` ${message}`,
    ]);
  });

  const advice = '(give the image a registry that it may be pushed to, or write `require: local`)';

  test.each([
    ['require: registry', '{}'],
    ['require: registry, registry: ~', '{ registry: team }'],
    ['require: registry, registry: "${R:-}"', '{ registry: team }'],
  ])('of one’s own needs a registry: %s, defaults: %s', (keys, defaults) => {
    expect(mistakesIn(keys, {}, defaults)).toEqual([
      `4:19 \`require: registry\` cannot be met: the image has no \`registry\` ${advice}`,
    ]);
  });

  test.each([
    ['require: both, registry: team, remote_policy: none', '{}'],
    ['require: both, registry: team', '{ remote_policy: none }'],
  ])('of one’s own needs one that may be used: %s, defaults: %s', (keys, defaults) => {
    expect(mistakesIn(keys, {}, defaults)).toEqual([
      `4:19 \`require: both\` cannot be met: \`remote_policy: none\` keeps it from every registry ${advice}`,
    ]);
  });

  test.each([
    ['require: local', '{}'],
    ['require: registry', '{ registry: team }'],
    ['require: registry, registry: team, remote_policy: pull_only', '{}'],
    ['require: both, registry: team, remote_policy: push_only', '{ remote_policy: none }'],
  ])('of one’s own can be met: %s, defaults: %s', (keys, defaults) => {
    expect(mistakesIn(keys, {}, defaults)).toEqual([]);
  });

  test('is not concluded from a registry that is wrong in itself', () => {
    expect(mistakesIn('require: both, registry: taem')).toEqual([
      '4:35 no registry is called `taem` (did you mean `team`?)',
    ]);
  });

  test.each(['', 'registry: ~', 'registry: team, remote_policy: none'])(
    'from defaults passes by an image that no registry has: %s',
    (keys) => {
      expect(mistakesIn(keys, {}, '{ require: both }')).toEqual([]);
    },
  );

  test('from defaults gives way to one’s own, and to null', () => {
    const defaults = '{ require: both, registry: team }';
    expect(imageWith('', {}, defaults).require).toBe('both');
    expect(imageWith('require: registry', {}, defaults).require).toBe('registry');
    expect(imageWith('require: ~', {}, defaults).require).toBe('local');
  });
});

describe('on_registry_error', () => {
  test.each([
    ['', '{}', 'fail'],
    ['on_registry_error: ~', '{ on_registry_error: build }', 'fail'],
    ['on_registry_error: fail', '{ on_registry_error: build }', 'fail'],
    ['', '{ on_registry_error: build }', 'build'],
    ['on_registry_error: build', '{}', 'build'],
    ['on_registry_error: "${E}"', '{}', 'build'],
  ])('%s, defaults: %s', (keys, defaults, what) => {
    expect(imageWith(keys, { E: 'build' }, defaults).onRegistryError).toBe(what);
  });

  test('of another kind', () => {
    expect(mistakesIn('on_registry_error: ignore')).toEqual([
      '4:29 `on_registry_error` must be one of `fail`, `build`, not `ignore`',
    ]);
  });
});

describe('tags', () => {
  test.each<[string, readonly string[]]>([
    ['[main, v1.4_2-rc.1]', ['main', 'v1.4_2-rc.1']],
    ['[1.10, true]', ['1.10', 'true']],
    ['["${BRANCH}", "pr-${N}"]', ['dev', 'pr-7']],
    ['["", main, "${NONE:-}"]', ['main']],
    ['[main, dev, "${BRANCH}", main]', ['main', 'dev']],
    ['[]', []],
    ['~', []],
  ])('%s', (text, tags) => {
    const image = imageWith(`tags: ${text}`, { BRANCH: 'dev', N: '7' });
    expect(image.tags).toEqual(tags);
  });

  test('from defaults are each image’s, unless it has its own', () => {
    const defaults = '{ tags: [latest], version: "1" }';
    expect(imageWith('', {}, defaults).tags).toEqual(['latest']);
    expect(imageWith('tags: [main]', {}, defaults).tags).toEqual(['main']);
    expect(imageWith('tags: []', {}, defaults).tags).toEqual([]);
  });

  const rule =
    '(a tag is up to 128 letters, digits, dots, dashes and underscores, not beginning with a dot or dash)';

  const tooLong = '(it has 129 characters; docker takes 128)';

  test.each([
    ...['a b', '-a', '.a', 'a/b', 'a:b', 'ü'].map((tag) => [tag, rule]),
    ['a'.repeat(129), tooLong],
  ])('that are none: %s', (tag = '', why) => {
    const mistake = `4:16 \`${tag}\` is not a tag ${why}`;
    expect(mistakesIn(`tags: ["${tag}", main]`)).toEqual([mistake]);
    expect(mistakesIn('tags: ["${TAG}"]', { TAG: tag })).toEqual([mistake]);
  });

  test.each([
    ['latest', 'tags: [main, latest]'],
    ['1.4', 'version: "1.4", tags: ["1.4"]'],
    ['1.4', 'version: "1.4", tags: [latest, "${V}"]'],
    ['latest', 'version: "${NONE:-}", tags: [latest]'],
  ])('with the image’s own, %s: %s', (tag, keys) => {
    expect(mistakesIn(keys, { V: '1.4' })).toEqual([
      expect.stringContaining(
        `\`${tag}\` is the tag that the image has already (leave it out of \`tags\`, or tell the two apart by \`version\` or \`with_hash\`)`,
      ),
    ]);
  });

  test.each([
    'version: "1.4", tags: [latest]',
    'version: latest, tags: [Latest]',
    'with_hash: true, build: {}, tags: [latest]',
    'version: "1.4", with_hash: true, build: {}, tags: ["1.4"]',
  ])('that are other ones than the image’s own: %s', (keys) => {
    expect(mistakesIn(keys)).toEqual([]);
  });

  test('are strings in a list', () => {
    expect(mistakesIn('tags: latest')).toEqual([
      '4:16 `tags` must be a list of strings, not `latest` (write `tags: [latest]`)',
    ]);
    expect(mistakesIn('tags: [~, "${images.app.ref}"]')).toEqual([
      '4:17 `tags[0]` must be a string, not empty',
      '4:21 `${images.app.ref}` cannot be used here (it can in build arguments and other strings beneath `build` that are handed to docker)',
    ]);
  });
});
