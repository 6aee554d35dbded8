import { describe, expect, test } from 'vitest';
import { complaints } from './checking.ts';

/** What is found with the arguments in the map `key`; its first one is at ensure.yaml:4:15 or 4:24. */
function found(key: string, args: string, dockerfile: string, target = ''): Promise<string[]> {
  return complaints({
    'ensure.yaml': `images:\n  app:\n    build:\n      ${key}: { ${args} }\n${target}`,
    Dockerfile: dockerfile,
  });
}

describe('an argument that the Dockerfile does not declare', () => {
  test.each([
    [
      'build_args',
      'ensure.yaml:4:21 warning unknown-argument: there is no `ARG NODE` in Dockerfile (add `ARG NODE` there, or remove it here, where it changes nothing but the hash)',
    ],
    [
      'unhashed_build_args',
      'ensure.yaml:4:30 warning unknown-argument: there is no `ARG NODE` in Dockerfile (add `ARG NODE` there, or remove it here)',
    ],
  ])('in %s', async (key, line) => {
    expect(await found(key, 'NODE: "20"', 'FROM busybox\nARG OTHER\n')).toEqual([line]);
  });

  test('may be meant for one that it does', async () => {
    const dockerfile = 'ARG PYTHON_VERSION\nFROM busybox\nARG MODE=a EXTRA\n';
    expect(await found('build_args', 'PYTHON_VERSON: 3, extra: x, MODE: b', dockerfile)).toEqual([
      'ensure.yaml:4:21 warning unknown-argument: there is no `ARG PYTHON_VERSON` in Dockerfile (did you mean `PYTHON_VERSION`?)',
      'ensure.yaml:4:39 warning unknown-argument: there is no `ARG extra` in Dockerfile (did you mean `EXTRA`?)',
    ]);
  });

  test.each([
    ['declared before the first stage', 'ARG A\nFROM busybox\n'],
    ['declared in a stage', 'FROM busybox\nARG A=1\n'],
    ['declared with others', 'FROM busybox\nARG B=1 \\\n  A C\n'],
    ['declared in a stage that is not built', 'FROM busybox\nARG A\nFROM scratch\n'],
    ['declared for the images that are built on it', 'FROM busybox\nONBUILD ARG A\n'],
    ['declared in small letters', 'FROM busybox\narg A\n'],
  ])('is none where it is %s', async (_, dockerfile) => {
    expect(await found('build_args', 'A: x', dockerfile)).toEqual([]);
  });

  test('is none where docker knows it anyway', async () => {
    const args =
      'HTTP_PROXY: x, https_proxy: x, NO_PROXY: x, ALL_PROXY: x, BUILDKIT_INLINE_CACHE: 1, BUILDKIT_CONTEXT_KEEP_GIT_DIR: 1, TARGETPLATFORM: linux/amd64, BUILDARCH: amd64, SOURCE_DATE_EPOCH: 0';
    expect(await found('build_args', args, 'FROM busybox\n')).toEqual([]);
  });

  test('is told of even where it has no value today', async () => {
    expect(await found('build_args', 'NODE: null', 'FROM busybox\n')).toHaveLength(1);
  });
});

describe('an argument that `defaults` gives', () => {
  const files = (dockerfile: string) => ({
    'ensure.yaml': `defaults: { build: { build_args: { MODE: x } } }
images:
  one: { build: { dockerfile_inline: "FROM busybox" } }
  two: { build: {} }
`,
    Dockerfile: dockerfile,
  });

  test('may be idle in some images', async () => {
    expect(await complaints(files('FROM busybox\nARG MODE\n'))).toEqual([]);
  });

  test('may not be idle in all of them', async () => {
    expect(await complaints(files('FROM busybox\n'))).toEqual([
      'ensure.yaml:1:36 warning unknown-argument: there is no `ARG MODE` in ensure.yaml (dockerfile_inline of one) (add `ARG MODE` there, or remove it here, where it changes nothing but the hash)',
    ]);
    expect(await complaints(files('FROM busybox\n'), ['one'])).toEqual([]);
  });
});

describe('an argument that looks like a credential', () => {
  const ADVICE = 'give it in `secrets`, and mount it: `RUN --mount=type=secret,id=NPM_TOKEN`';
  const message = (column: number, why: string) =>
    `ensure.yaml:4:${column} warning credential-argument: \`NPM_TOKEN\` looks like a credential: ${why} (${ADVICE})`;

  test('stays in the history', async () => {
    const dockerfile = 'FROM busybox AS one\nARG NPM_TOKEN\nRUN true\nFROM one\n';
    expect(await found('unhashed_build_args', 'NPM_TOKEN: x', dockerfile)).toEqual([
      message(30, "docker writes the value of a build argument into the image's history"),
    ]);
  });

  test('stays in the cache', async () => {
    const dockerfile =
      'FROM busybox AS one\nARG NPM_TOKEN\nRUN true\nFROM busybox\nCOPY --from=one /bin /x\n';
    expect(await found('unhashed_build_args', 'NPM_TOKEN: x', dockerfile)).toEqual([
      message(30, "docker keeps the value of a build argument in the build's cache and records"),
    ]);
  });

  test('stands in a label where it is hashed', async () => {
    expect(await found('build_args', 'NPM_TOKEN: x', 'FROM busybox\nARG NPM_TOKEN\n')).toEqual([
      message(21, 'the value of a hashed build argument stands in a label of the image'),
    ]);
  });

  test('is not seen where no stage that is built declares it', async () => {
    expect(
      await found('unhashed_build_args', 'NPM_TOKEN: x', 'ARG NPM_TOKEN\nFROM busybox\n'),
    ).toEqual([]);
    const dockerfile = 'FROM busybox\nARG NPM_TOKEN\nFROM busybox\n';
    expect(await found('unhashed_build_args', 'NPM_TOKEN: x', dockerfile)).toEqual([]);
  });

  const hits = async (names: readonly string[]) => {
    const args = names.map((name) => `${name}: x`).join(', ');
    const lines = await found(
      'unhashed_build_args',
      args,
      `FROM busybox\nARG ${names.join(' ')}\n`,
    );
    return lines.map((line) => /: `(\w+)` looks/.exec(line)?.[1]);
  };

  test('by its name', async () => {
    const names = [
      'TOKEN',
      'GITHUB_TOKEN',
      'npmToken',
      'CI_JOB_TOKEN',
      'DB_PASSWORD',
      'DBPASSWORD',
      'PASSWD',
      'CLIENT_SECRET',
      'API_KEY',
      'APIKEY',
      'SSH_PRIVATE_KEY',
      'AWS_SECRET_ACCESS_KEY',
      'KEY',
      'GOOGLE_CREDENTIALS',
      'NPM_AUTH',
      'DB_PASS',
      'deploy_key',
    ];
    expect(await hits(names)).toEqual(names);
  });

  test('and not by what its name only has in it', async () => {
    const names = [
      'KEYBOARD',
      'MONKEY',
      'AUTHOR',
      'TOKENIZER',
      'COMPASS',
      'PASSENGER_VERSION',
      'PUBLIC_KEY',
      'CACHE_KEY',
      'TOKEN_FILE',
      'SECRET_NAME',
      'AWS_ACCESS_KEY_ID',
      'AUTH_URL',
      'BUILD_NUMBER',
      'MIRROR',
      'SECRETARY',
    ];
    expect(await hits(names)).toEqual([]);
  });
});
