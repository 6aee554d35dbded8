import { describe, expect, test } from 'vitest';
import type { Registry } from '../../src/model/registry.ts';
import { complaints, read } from './reading.ts';

type Variables = Readonly<Record<string, string>>;

const manifestWith = (keys: string) => `registries: { r: { ${keys} } }\nimages: { a: }`;
const mistakesIn = (keys: string, variables: Variables = {}) =>
  complaints(manifestWith(keys), variables);

/** A registry of which nothing is wrong. */
function registryWith(keys: string, variables: Variables = {}): Registry {
  expect(mistakesIn(keys, variables)).toEqual([]);
  const registry = read(manifestWith(keys), variables).manifest?.registries.get('r');
  if (registry === undefined) throw new Error('there is no registry r');
  return registry;
}

const both = '(give both, or neither to use the credentials that docker already has)';

describe('credentials', () => {
  test('are a user and a password', () => {
    expect(registryWith('username: me, password: pw').credentials).toEqual({
      username: 'me',
      password: { value: 'pw' },
    });
  });

  test('are a user and a command that prints a password, word by word', () => {
    const keys = 'username: me, password_command: [pass, show, "a b", "${KEY}", ""]';
    expect(registryWith(keys, { KEY: '$HOME' }).credentials).toEqual({
      username: 'me',
      password: { command: ['pass', 'show', 'a b', '$HOME', ''] },
    });
  });

  test.each(['', 'password: ~, password_command: ~', 'username: "", password: ""'])(
    'are none: %s',
    (keys) => {
      expect(registryWith(keys).credentials).toBeNull();
    },
  );

  test.each([
    ['username: me', '1:30 a registry with a username needs a `password` too'],
    ['password: pw, username: ~', '1:30 a registry with a password needs a `username` too'],
    ['username: me, password_command: ~', '1:30 a registry with a username needs a `password` too'],
    ['password_command: [pass]', '1:38 a registry with a password_command needs a `username` too'],
  ])('that are half of them: %s', (keys, message) => {
    expect(mistakesIn(keys)).toEqual([`${message} ${both}`]);
  });

  test.each([
    ['username: me, password: pw, password_command: [pass]', '1:66'],
    ['password_command: [pass], password: pw', '1:38'],
  ])('with a password and a command: %s', (keys, place) => {
    expect(mistakesIn(keys)).toEqual([
      `${place} \`password\` and \`password_command\` are both given (keep one of them)`,
    ]);
  });

  test('with a command in the place of an empty password', () => {
    const { credentials } = registryWith(
      'username: me, password: "${P:-}", password_command: [pass]',
    );
    expect(credentials).toMatchObject({ password: { command: ['pass'] } });
  });

  test('with a command that names no program', () => {
    expect(mistakesIn('username: me, password_command: ["", pass]')).toEqual([
      '1:52 `password_command` needs a program to run (write its words as a list: `[pass, show, registry]`)',
    ]);
  });

  test.each(['[]', '[""]', '["${X:-}"]'])('with a command of no words: %s', (command) => {
    expect(mistakesIn(`username: me, password_command: ${command}`)).toEqual([
      expect.stringContaining('a registry with a username needs a `password` too'),
    ]);
  });

  test('with a command that is wrong in itself are told of once', () => {
    expect(mistakesIn('username: me, password_command: ["$UNSET"]')).toEqual([
      "1:54 `$UNSET` is not interpolated without braces (write `${UNSET}` for the variable's value, or `$$UNSET` for the text itself)",
    ]);
  });

  test('with a command in one string', () => {
    expect(mistakesIn('username: me, password_command: pass show x')).toEqual([
      '1:52 `password_command` must be a list of strings, not `pass show x` (write `password_command: [pass show x]`)',
    ]);
  });

  /** As it is written, without quotes. */
  const usernameIn = (keys: string) => /username: "?([^",]+)/.exec(keys)?.[1];

  const GIVE =
    'give it a value in the environment, an --env-file or the `.env` beside the manifest';

  test.each([
    ['username: me, password: "${PW}"', 'the variable `PW` is not set (ensure.yaml:1:45)'],
    [
      'username: "${U}", password: "a-${PW:?ask the team}"',
      'the variable `U` is not set (ensure.yaml:1:31); the variable `PW` is not set: ask the team (ensure.yaml:1:51)',
    ],
    [
      'username: "${U:?}", password_command: [pass, "${KEY:?}"]',
      'the variable `U` is not set (ensure.yaml:1:31); the variable `KEY` is not set (ensure.yaml:1:66)',
    ],
  ])('that lack the value of a variable are no mistake yet: %s', (keys, message) => {
    expect(registryWith(keys).credentials).toEqual({
      lacking: { message, advice: GIVE },
      username: usernameIn(keys),
    });
  });

  test.each([
    ['username: me, password: "${PW}"', 'the `password` comes out empty (ensure.yaml:1:44)'],
    ['username: "${PW}", password: pw', 'the `username` comes out empty (ensure.yaml:1:30)'],
    [
      'username: "${PW:-}", password_command: [x]',
      'the `username` comes out empty (ensure.yaml:1:30)',
    ],
  ])('of which variables leave a half empty are no mistake yet: %s', (keys, message) => {
    expect(registryWith(keys, { PW: '' }).credentials).toEqual({
      lacking: {
        message,
        advice: 'give its variable a value, or empty both to use the login that docker has',
      },
      username: usernameIn(keys),
    });
  });

  test('that lack one variable keep the value of another secret', () => {
    const { manifest } = read(manifestWith('username: me, password: "${A}${B}"'), { A: 's3cret' });
    expect(manifest?.secrets).toContain('s3cret');
  });

  test('that lack a whole half are a mistake, variables or not', () => {
    expect(mistakesIn('password: "${PW}"', { PW: 'pw' })).toEqual([
      `1:30 a registry with a password needs a \`username\` too ${both}`,
    ]);
  });

  test('are secret, the password alone and with its user as they are sent', () => {
    const { manifest } = read(manifestWith('username: me, password: s3cret'));
    expect(manifest?.secrets).toEqual(['s3cret', 'bWU6czNjcmV0']);
  });

  test('of a command are not known yet', () => {
    const { manifest } = read(manifestWith('username: me, password_command: [echo, word]'));
    expect(manifest?.secrets).toEqual([]);
  });
});

describe('limits', () => {
  test('that are not given', () => {
    const usual = { retries: null, timeoutMs: 1_800_000, maxConcurrent: null };
    expect(registryWith('').limits).toEqual(usual);
    expect(registryWith('retries: ~, timeout: ~, max_concurrent: ~').limits).toEqual(usual);
  });

  test.each([
    ['0', 0],
    ['3', 3],
    ['20', 20],
    ['"${N}"', 7],
  ])('retries: %s', (text, retries) => {
    expect(registryWith(`retries: ${text}`, { N: '7' }).limits.retries).toBe(retries);
  });

  test.each([
    ['21', '`21`'],
    ['-1', '`-1`'],
    ['1.5', '`1.5`'],
    ['many', '`many`'],
    ['"3"', 'the string `3` (write `retries: 3`, without quotes)'],
  ])('retries that are none: %s', (text, shown) => {
    expect(mistakesIn(`retries: ${text}`)).toEqual([
      `1:29 \`retries\` must be a whole number from 0 to 20, not ${shown}`,
    ]);
  });

  test.each([
    ['21', '`21`'],
    ['x', '`x`'],
    ['', '``'],
  ])('retries that a variable makes none: %j', (value, shown) => {
    expect(mistakesIn('retries: "${N}"', { N: value })).toEqual([
      `1:29 \`retries\` must be a whole number from 0 to 20, not ${shown}`,
    ]);
  });

  test.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['PT1M', 60_000],
    ['"${T}"', 120_000],
  ])('timeout: %s', (text, timeoutMs) => {
    expect(registryWith(`timeout: ${text}`, { T: '2m' }).limits.timeoutMs).toBe(timeoutMs);
  });

  test.each([
    ['10', 'it has no unit'],
    ['1 day', 'it is not of the form `1d` or `P1D`'],
    ['0s', 'it is zero'],
  ])('a timeout that is none: %s', (text, reason) => {
    expect(mistakesIn(`timeout: ${text}`)).toEqual([
      `1:29 \`${text}\` is not a duration: ${reason} (write \`90s\`, \`15m\`, \`12h\`, \`1d\` or \`2w\`, or ISO 8601 such as \`PT12H\`)`,
    ]);
  });

  test.each([
    ['1', 1],
    ['"${N}"', 7],
  ])('max_concurrent: %s', (text, most) => {
    const { limits } = registryWith(`max_concurrent: ${text}`, { N: '7' });
    expect(limits.maxConcurrent).toBe(most);
  });

  test.each(['0', '-1', '1.5', 'x'])('max_concurrent that is none: %s', (text) => {
    expect(mistakesIn(`max_concurrent: ${text}`)).toEqual([
      `1:36 \`max_concurrent\` must be a whole number from 1, not \`${text}\``,
    ]);
  });
});
