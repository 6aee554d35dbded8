import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/model/event.ts';
import type { ImageResult } from '../../src/model/plan.ts';
import { createMask, redactDeep } from '../../src/report/redact.ts';

const createRedact = (secrets: readonly string[]) => createMask(secrets).redact;

describe('a secret', () => {
  it('is masked wherever it occurs', () => {
    const redact = createRedact(['hunter22']);
    expect(redact('hunter22 and again hunter22!')).toBe('*** and again ***!');
  });

  it('is masked whole where another one is a part of it', () => {
    expect(createRedact(['pass', 'passphrase'])('the passphrase')).toBe('the ***');
  });

  it('is masked together with one that it overlaps, or with itself', () => {
    expect(createRedact(['abcd', 'cdef'])('1abcdef2')).toBe('1***2');
    expect(createRedact(['aaaa'])('1aaaaaa2')).toBe('1***2');
  });

  it('is masked beside another one', () => {
    expect(createRedact(['abcd', 'efgh'])('abcdefgh')).toBe('******');
  });

  it('of several lines is masked line by line', () => {
    const redact = createRedact(['first line\nsecond line']);
    expect(redact('| first line\n| second line')).toBe('| ***\n| ***');
  });

  it('is masked as JSON spells it', () => {
    expect(createRedact(['say "hi"'])(JSON.stringify({ said: 'say "hi"' }))).toBe('{"said":"***"}');
  });

  it('is masked as an address spells it', () => {
    expect(createRedact(['p@ss/w ü'])('https://ann:p%40ss%2Fw%20%C3%BC@registry.test')).toBe(
      'https://ann:***@registry.test',
    );
  });

  it.each([
    ['get https://ann:pw@git.test/x, tcp://a:b@c', 'get https://ann:***@git.test/x, tcp://a:***@c'],
    ['"https://ann:p@ss@git.test"', '"https://ann:***@git.test"'],
    ['https://[::1]:8080/x@v1 ssh://git@git.test docker-image://app:1@sha256:00', null],
  ])('is the password in an address, whoever wrote it: %s', (text, masked) => {
    expect(createRedact([])(text)).toBe(masked ?? text);
  });

  it('may be no well-formed text', () => {
    expect(createRedact(['abc\ud800'])('1abc\ud8002')).toBe('1***2');
  });

  it('of fewer than four characters is left alone', () => {
    expect(createRedact(['1', '', 'abc'])('1 abc')).toBe('1 abc');
  });

  it('may become known later', () => {
    const mask = createMask(['hunter22']);
    const { redact, add } = mask;
    expect(redact('hunter22 sesame-open')).toBe('*** sesame-open');
    add('sesame-open');
    expect(redact('hunter22 sesame-open')).toBe('*** ***');
    add('say "hi"\nabc\nsecond line');
    expect(redact('| second line, abc, say \\"hi\\"\\nabc')).toBe('| ***, abc, say \\"hi\\"\\nabc');
    expect(mask.redact(JSON.stringify('say "hi"\nabc\nsecond line'))).toBe('"***"');
  });

  it('that becomes known twice, or is too short, changes nothing', () => {
    const { redact, add } = createMask();
    expect(redact('1 abc abcd')).toBe('1 abc abcd');
    for (const secret of ['', '1', 'abc', 'abcd', 'abcd']) add(secret);
    expect(redact('1 abc abcd')).toBe('1 abc ***');
  });

  it('of four characters or more survives in no text', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '"', '\n', ' '), maxLength: 9 });
    // A mask, with what is around it, may spell a secret that has asterisks.
    const secret = letters.filter((text) => text.length >= 4);
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        fc.array(fc.oneof(letters, fc.nat(3)), { maxLength: 8 }),
        (secrets, pieces) => {
          const text = pieces
            .map((piece) => (typeof piece === 'string' ? piece : secrets[piece % secrets.length]))
            .join('');
          const masked = createRedact(secrets)(text);
          for (const value of secrets) expect(masked).not.toContain(value);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('an event', () => {
  const secret = 'hunter22';
  const redact = createRedact([secret]);
  const result: ImageResult = {
    image: 'app',
    ref: 'app:1',
    registryRef: null,
    registries: [],
    hash: null,
    action: 'build',
    test: false,
    push: false,
    tag: [],
    reason: `because of ${secret}`,
    outcome: 'failed',
    durationMs: 1,
    failure: { code: 'build-failed', message: secret, advice: `not ${secret}`, log: [secret] },
  };
  const events: RunEvent[] = [
    { type: 'run-started', images: ['app'] },
    {
      type: 'warning',
      warning: {
        severity: 'warning',
        code: 'own-base',
        message: secret,
        advice: secret,
        image: 'app',
      },
    },
    { type: 'docker', argv: ['docker', 'login', secret] },
    { type: 'request', method: 'GET', address: `https://r.example/${secret}`, status: 404 },
    { type: 'step-started', image: 'app', step: 'build', ref: 'app:1', reason: secret },
    { type: 'step-log', image: 'app', step: 'build', line: `#5 0.1 ${secret}` },
    {
      type: 'step-done',
      image: 'app',
      step: 'build',
      ref: 'app:1',
      durationMs: 1,
      result: 'failed',
    },
    {
      type: 'step-retry',
      image: 'app',
      step: 'push',
      ref: 'app:1',
      registryError: { fault: 'timeout', message: secret, retryable: 'yes' },
      attempt: 2,
      attempts: 4,
      delayMs: 1,
    },
    { type: 'image-waiting', image: 'app', ref: 'app:1', pid: 1 },
    { type: 'image-failed', image: 'app', failure: result.failure! },
    { type: 'image-skipped', image: 'app', reason: secret },
    { type: 'run-done', results: [result], retries: 0, durationMs: 1 },
  ];

  it.each(events)('tells no secret: $type', (event) => {
    expect(JSON.stringify(redactDeep(event, redact))).not.toContain(secret);
  });

  it.each(events)('stays what it is, though our words be secrets: $type', (event) => {
    const words = ['docker', 'warning', 'step-log', 'build', 'failed', 'build-failed', 'done'];
    const names = ['app:1', 'registry.test'];
    const masked = redactDeep(event, createRedact([...words, ...names]));
    const own = (value: object) =>
      JSON.stringify(value, (key, item) =>
        ['message', 'advice', 'log', 'reason', 'line', 'argv'].includes(key) ? null : item,
      );
    expect(own(masked)).toBe(own(event));
  });
});

it('leaves what is no string as it is', () => {
  const value = { number: 1234, nothing: null, flag: true, list: [1234] };
  expect(redactDeep(value, createRedact(['1234', 'true', 'null']))).toEqual(value);
});
