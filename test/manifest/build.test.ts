import { describe, expect, test } from 'vitest';
import { complaints, readBuild } from './reading.ts';

/** What is wrong with a line beneath `build`, which begins at 4:7. */
const mistakesIn = (line: string) => complaints(`images:\n  app:\n    build:\n      ${line}\n`);

describe('files', () => {
  test.each([
    ['files: all', { kind: 'all' }],
    ['files: nothing', { kind: 'nothing' }],
    ['files: ~', { kind: 'copied' }],
    ['files: copied', { kind: 'copied' }],
    ['files: context', { kind: 'context' }],
    ['files: { only: [] }', { kind: 'patterns', only: [], allBut: null }],
    [
      'files: { only: [a, "!b"] }',
      { kind: 'patterns', only: [{ text: 'a' }, { text: '!b' }], allBut: null },
    ],
    ['files: { only: ~, all_but: [a] }', { kind: 'patterns', only: null, allBut: [{ text: 'a' }] }],
    [
      'files: { only: [1.10], all_but: [b] }',
      { kind: 'patterns', only: [{ text: '1.10' }], allBut: [{ text: 'b' }] },
    ],
  ])('%s', (line, policy) => {
    expect(readBuild(line).files).toMatchObject(policy);
  });

  test('patterns know their places', () => {
    const { files } = readBuild('files: { only: [src, "!src/*.md"] }');
    const [first, second] = files.kind === 'patterns' && files.only ? files.only : [];
    expect(second && second.place.start - (first?.place.start ?? 0)).toBe('src, '.length);
  });

  test('with neither key', () => {
    expect(mistakesIn('files: {}')).toEqual([
      '4:14 `files` has none of `only`, `all_but` and `tracked` (write `files: all` for every file, `files: nothing` for none)',
    ]);
  });
});

describe('interval', () => {
  test('begins in 2000', () => {
    expect(readBuild('interval: 1d').interval).toEqual({
      seconds: 86_400,
      offset: Date.UTC(2000, 0, 1),
    });
    expect(readBuild('interval: { every: PT6H }').interval?.seconds).toBe(21_600);
  });

  const advice = '(write `90s`, `15m`, `12h`, `1d` or `2w`, or ISO 8601 such as `PT12H`)';
  test.each([
    [
      'interval: 1x',
      `4:17 \`1x\` is not a duration: it is not of the form \`1d\` or \`P1D\` ${advice}`,
    ],
    ['interval: 1D', `4:17 \`1D\` is not a duration: its unit must be in lower case ${advice}`],
    ['interval: 0d', `4:17 \`0d\` is not a duration: it is zero ${advice}`],
    [
      'interval: P1M',
      `4:17 \`P1M\` is not a duration: years and months have no fixed length ${advice}`,
    ],
    [
      'interval: 1 month',
      `4:17 \`1 month\` is not a duration: years and months have no fixed length ${advice}`,
    ],
    ['interval: { every: 90 }', `4:26 \`90\` is not a duration: it has no unit ${advice}`],
    [
      'interval: 999999999999999w',
      `4:17 \`999999999999999w\` is not a duration: it is too long ${advice}`,
    ],
    [
      'interval: { every: 1d, offset: 2023-02-30 }',
      '4:38 `2023-02-30` is not a date or timestamp (write `2000-01-01` or, with a time zone, `2000-01-01T04:00:00Z`)',
    ],
  ])('%s', (line, message) => {
    expect(mistakesIn(line)).toEqual([message]);
  });
});

describe('the Dockerfile', () => {
  test('inline, with its own dollars', () => {
    expect(
      readBuild('dockerfile_inline: |\n  FROM ${images.base.ref}\n  RUN echo $$HOME\n').dockerfile,
    ).toEqual({
      kind: 'inline',
      text: ['FROM ', { refOf: 'base' }, '\nRUN echo $HOME\n'],
    });
  });

  test('is given once', () => {
    expect(mistakesIn('dockerfile: D\n      dockerfile_inline: FROM scratch')).toEqual([
      '5:26 `dockerfile` and `dockerfile_inline` are both given (keep one of them)',
    ]);
  });
});

describe('what docker would take, and we do not', () => {
  test.each([
    [
      'platforms: [linux/amd64, linux/arm64]',
      '4:32 an image can be built for one platform only, as yet (leave one, or declare an image for each)',
    ],
    [
      'labels: { dev.docker-ensure.hash: x }',
      '4:17 labels that begin with `dev.docker-ensure.` are set by docker-ensure itself (choose another name)',
    ],
    [
      'secrets: ["id=a,env=A", { id: a, src: a }]',
      '4:31 the id `a` is given twice (remove one of the two)',
    ],
    [
      'ssh: ["=key"]',
      '4:13 an entry of `ssh` is `default`, an id, or `id=path` (write `default`, or `deploy=keys/deploy`)',
    ],
    ['ssh: [default, default]', '4:22 the id `default` is given twice (remove one of the two)'],
  ])('%s', (line, message) => {
    expect(mistakesIn(line)).toEqual([message]);
  });

  test.each([
    ['{ directory: ../conf }', { kind: 'copied' }],
    ['{ directory: ../conf, files: context }', { kind: 'context' }],
    ['{ directory: ../conf, files: nothing }', { kind: 'nothing' }],
  ])('an additional context with files of its own: %s', (written, policy) => {
    const { additionalContexts, contextFiles } = readBuild(
      `additional_contexts: { conf: ${written}, more: m }`,
    );
    expect([...additionalContexts]).toEqual([
      ['more', ['m']],
      ['conf', ['../conf']],
    ]);
    expect([...contextFiles]).toEqual([['conf', policy]]);
  });

  test.each([
    [
      '{ directory: "docker-image://a", files: all }',
      '4:49 `docker-image://a` is no folder (write the address itself, without `directory` and `files`)',
    ],
    ['{ files: all }', '4:30 `additional_contexts.conf` needs the key `directory`'],
    [
      '{ directory: a, files: some }',
      '4:59 `additional_contexts.conf.files` must be `copied`, `context`, `all`, `nothing`, or a map with `only`, `all_but` and `tracked`, not `some`',
    ],
    [
      '{ directory: a, file: all }',
      '4:52 `additional_contexts.conf` has no key `file` (did you mean `files`?)',
    ],
    [
      '[a]',
      '4:36 `additional_contexts.conf` must be a folder, an address, or a map with `directory` and `files`, not a list',
    ],
  ])('an additional context that is not right: %s', (written, mistake) => {
    expect(mistakesIn(`additional_contexts: { conf: ${written} }`)).toEqual([mistake]);
  });

  test('a build context that no Dockerfile could name', () => {
    expect(mistakesIn('additional_contexts: { Common: ../common }')).toEqual([
      '4:30 `Common` cannot be the name of a build context (a name is lower-case letters, digits, and single dots, dashes or underscores between them)',
    ]);
  });

  test('an argument that is hashed and is not', () => {
    expect(mistakesIn('build_args: { A: 1 }\n      unhashed_build_args: { A: 2 }')).toEqual([
      '5:30 `A` is in `build_args` too (remove one of the two)',
    ]);
  });
});

test('an argument without a value takes that of its variable, and is absent without one', () => {
  const build = readBuild('build_args: { SET: , EMPTY: , UNSET: , GIVEN: "" }', {
    SET: 'x',
    EMPTY: '',
  });
  expect(build.buildArgs).toEqual(
    new Map([
      ['SET', ['x']],
      ['EMPTY', ['']],
      ['GIVEN', ['']],
    ]),
  );
});

test('the folder of a local cache is relative to the manifest', () => {
  const lines =
    'cache_from: ["type=local,src=.cache"]\ncache_to: ["type=local,mode=max,dest=/c", type=inline]';
  expect(readBuild(lines)).toMatchObject({
    cacheFrom: [['type=local,src=/project/.cache']],
    cacheTo: [['type=local,mode=max,dest=/c'], ['type=inline']],
  });
});
