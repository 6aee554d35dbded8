import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedact, redactDeep } from '../../src/report/redact.ts';

describe('a secret', () => {
  it('is masked wherever it occurs', () => {
    const redact = createRedact(['hunter22']);
    expect(redact('hunter22 and again hunter22!')).toBe('*** and again ***!');
  });

  it('is masked whole where another one is a part of it', () => {
    expect(createRedact(['pass', 'passphrase'])('the passphrase')).toBe('the ***');
  });

  it('of several lines is masked line by line', () => {
    const redact = createRedact(['first line\nsecond line']);
    expect(redact('| first line\n| second line')).toBe('| ***\n| ***');
  });

  it('is masked as JSON spells it', () => {
    expect(createRedact(['say "hi"'])(JSON.stringify({ said: 'say "hi"' }))).toBe('{"said":"***"}');
  });

  it('of fewer than four characters is left alone', () => {
    expect(createRedact(['1', '', 'abc'])('1 abc')).toBe('1 abc');
  });

  it('survives in no string of a value', () => {
    const secrets = fc.array(fc.string({ minLength: 4 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(secrets, fc.string(), fc.string(), (values, before, after) => {
        const [secret = ''] = values;
        const masked = redactDeep({ deep: [before + secret + after] }, createRedact(values));
        // A mask, with what is around it, may spell a secret made of asterisks.
        fc.pre(!/^[*]+$/.test(secret));
        const kept = before.includes(secret) || after.includes(secret);
        if (!kept)
          expect(masked.deep[0]?.split('***').some((part) => part.includes(secret))).toBe(false);
      }),
    );
  });
});

it('leaves what is no string as it is', () => {
  const value = { number: 1234, nothing: null, flag: true, list: [1234] };
  expect(redactDeep(value, createRedact(['1234', 'true', 'null']))).toEqual(value);
});
