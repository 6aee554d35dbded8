import { expect, test } from 'vitest';
import { formatManifest } from '../../src/report/manifest.ts';
import { complaints, read, readImage } from './reading.ts';

const testsOf = (test: string, variables = {}) =>
  readImage('app', `images: { app: { test: ${test}, build: {} } }`, variables).tests;

test('a test of which nothing is said but its command has every default', () => {
  const expected = {
    command: ['pytest', '-q'],
    entrypoint: null,
    env: new Map(),
    mounts: [],
    network: 'none',
    timeoutMs: 300_000,
    hashed: false,
    isGivenFromOutside: false,
  };
  expect(testsOf('{ command: [pytest, -q] }')).toEqual([expected]);
  expect(testsOf('[{ command: [pytest, -q], mounts: none, network: none, timeout: 5m }]')).toEqual([
    expected,
  ]);
  expect(testsOf('[]')).toEqual([]);
  expect(testsOf('~')).toEqual([]);
});

test('every key of a test is read', () => {
  const all = `{ command: [-c, "check \${WHAT}"], entrypoint: [sh, -e], env: { CI: 1, TOKEN: , UNSET: },
    mounts: [./data:/data, "~/a:b:/c"], network: host, timeout: 90s, hashed: true }`;
  const variables = { WHAT: 'it', TOKEN: 'from-outside', HOME: '/home/me' };
  expect(testsOf(all, variables)).toEqual([
    {
      command: ['-c', 'check it'],
      entrypoint: ['sh', '-e'],
      env: new Map([
        ['CI', '1'],
        ['TOKEN', 'from-outside'],
      ]),
      mounts: [
        { source: '/project/data', target: '/data' },
        { source: '/home/me/a:b', target: '/c' },
      ],
      network: 'host',
      timeoutMs: 90_000,
      hashed: true,
      isGivenFromOutside: true,
    },
  ]);
});

test('a value of a variable is a secret, what the manifest holds is none', () => {
  const { manifest } = read(
    'images: { app: { test: { command: [a], env: { A: literal, B: , C: "${C:-x}" } }, build: {} } }',
    { B: 'passed-on', C: 'named' },
  );
  expect(manifest?.secrets).toEqual(['passed-on', 'named']);
});

test('a test of the defaults is for images that are built', () => {
  const text = 'defaults: { test: { command: [a] } }\nimages: { app: { build: {} }, postgres: {} }';
  expect(complaints(text)).toEqual([]);
  expect(readImage('app', text).tests).toHaveLength(1);
  expect(readImage('postgres', text).tests).toEqual([]);
});

test.each([
  [
    '{ command: [] }',
    '1:35 `test.command` must be a command word by word, such as `[pytest, -q]`, not an empty list',
  ],
  ['{}', '1:18 `test` needs the key `command`'],
  ['[[{ command: [a] }]]', '1:25 `test[0]` must be a map with `command`, not a list'],
  ['true', '1:24 `test` must be a map with `command`, or a list of such, not `true`'],
  [
    '{ command: [a], timeout: 5 }',
    '1:49 `5` is not a duration: it has no unit (write `90s`, `15m`, `12h`, `1d` or `2w`, or ISO 8601 such as `PT12H`)',
  ],
  [
    '{ command: [a], mounts: ["a:/b:ro"] }',
    '1:49 `a:/b:ro` is no mount of a test (leave the end out: a test can write to none of them)',
  ],
  [
    '{ command: [a], mounts: [a] }',
    '1:49 `a` is no mount of a test (write a path, a colon and an absolute path in the container: `./testdata:/testdata`)',
  ],
  [
    '{ command: [a], env: { DOCKER_HOST: x } }',
    '1:47 `DOCKER_HOST` cannot be a variable of a test: docker itself reads the variable of that name (set it in the command: `[env, "DOCKER_HOST=…", …]`)',
  ],
  [
    '{ command: ["${images.app.ref}"] }',
    '1:37 `${images.app.ref}` cannot be used here (it can in build arguments and other strings beneath `build` that are handed to docker)',
  ],
])('%s', (written, message) => {
  expect(complaints(`images: { app: { test: ${written}, build: {} } }`)).toEqual([message]);
});

test('config shows it, and no value of a variable', () => {
  const { manifest } = read(
    'images: { app: { test: { command: [sh, -c, "echo $$A"], env: { A: }, mounts: [a:/b], timeout: 1m }, build: {} } }',
    { A: 'hidden' },
  );
  if (manifest === null) throw new Error('it is read');
  const redact = (text: string) => text.replaceAll('hidden', '***');
  const relative = (_: string, to: string) => to.replace('/project', '.').replace(/^\.\/?/, '');
  expect(formatManifest('yaml', manifest, { only: null, redact, relative })).toContain(
    `    test:
      - command:
          - sh
          - -c
          - echo $$A
        env:
          A: "***"
        mounts:
          - a:/b
        timeout: 1m
`,
  );
});
