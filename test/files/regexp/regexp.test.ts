import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../src/files/ignore/pattern.ts';
import { compileGlob } from '../../../src/files/patterns/glob.ts';
import { automaton } from '../../../src/files/regexp/automaton.ts';
import { parseGoRegexp } from '../../../src/files/regexp/go.ts';

/** Go's syntax and JavaScript's are the same for these. */
const shared = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('a', 'b', '.', '/', '[ab]', '[^a]', '\\.', '\\w') },
      {
        weight: 3,
        arbitrary: fc.constantFrom('a*', 'b+', '.*', '(ab)?', '(a|b)*', '[ab]{2}', 'a{1,2}'),
      },
      { weight: 1, arbitrary: fc.constantFrom('^', '$', '|', '\\b', '\\B', '(a*)*', '(|a)+b') },
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/', '-'), maxLength: 8 });

describe('an automaton', () => {
  it("matches what JavaScript's own engine matches", () => {
    fc.assert(
      fc.property(shared, text, (source, subject) => {
        const steps = parseGoRegexp(source);
        fc.pre(steps !== null);
        expect(automaton(steps ?? []).matches(subject)).toBe(new RegExp(source).test(subject));
      }),
      { numRuns: 4000 },
    );
  });

  it('knows whether a longer text can match', () => {
    fc.assert(
      fc.property(shared, text, (source, subject) => {
        const steps = parseGoRegexp(`^${source}$`);
        fc.pre(steps !== null && subject.length > 0);
        const { matches, canGoOn } = automaton(steps ?? []);
        if (matches(subject)) {
          for (let end = 0; end < subject.length; end += 1) {
            expect(canGoOn(subject.slice(0, end))).toBe(true);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('gives the same answer however often it is asked', () => {
    const { matches } = automaton(parseGoRegexp('^(a|aa)*b$') ?? []);
    for (let round = 0; round < 3; round += 1) {
      expect(['b', 'aab', 'aaa', 'ba'].map(matches)).toEqual([true, true, false, false]);
    }
  });
});

describe('an ignore pattern', () => {
  // moby's rules once more, by trying every way: slow, but plain to see.
  function oracle(pattern: string, path: string): boolean {
    if (pattern === '') return path === '';
    if (pattern.startsWith('**')) {
      const rest = pattern.slice(pattern.startsWith('**/') ? 3 : 2);
      if (rest === '') return true;
      const starts = [...path].flatMap((char, index) => (char === '/' ? [index + 1] : []));
      return [0, ...starts].some((start) => oracle(rest, path.slice(start)));
    }
    const [first = '', rest] = [pattern[0], pattern.slice(1)];
    if (first === '*') {
      const part = path.split('/')[0]?.length ?? 0;
      return Array.from({ length: part + 1 }).some((_, taken) => oracle(rest, path.slice(taken)));
    }
    const takes = first === '?' ? path !== '' && path[0] !== '/' : path[0] === first;
    return takes && oracle(rest, path.slice(1));
  }

  it('matches what moby documents', () => {
    const token = fc.constantFrom('a', 'b', '/', '*', '**', '**/', '?');
    const tokens = fc.array(token, { minLength: 1, maxLength: 6 });
    const path = fc
      .array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 }), {
        minLength: 1,
        maxLength: 3,
      })
      .map((parts) => parts.join('/'));
    fc.assert(
      fc.property(tokens, path, (parts, subject) => {
        const pattern = parts.join('');
        // Where moby compares text instead: `**text` matches the end of a name too.
        fc.pre(!/^\*\*[^*?]*$/.test(pattern) && !/\*{3}|\/{2}|\/$/.test(pattern));
        expect(compilePattern(pattern)?.matches(subject)).toBe(oracle(pattern, subject));
      }),
      { numRuns: 4000 },
    );
  });

  it.each([
    '*a*a*a*a*a*a*a*a*b',
    'a**a**a**a**a**a**a**a**b',
    '**/*a**/*a**/*a**/*a**/b',
    '*?*?*?*?*?*?*?*?*?b',
    '[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*!',
    '*a???????????????b',
    'a{1,1000}a{1,1000}*b',
    `${'a*'.repeat(300)}b`,
    `${'**/'.repeat(300)}a*b`,
  ])('%j does not hang', (pattern) => {
    const compiled = compilePattern(pattern);
    expect(compiled?.matches('a'.repeat(255))).toBe(false);
    expect(compiled?.matches('a/'.repeat(2000))).toBe(false);
  });
});

describe('a glob', () => {
  const piece = fc.constantFrom(
    ...['a', 'b', '.', '/', '*', '**', '/**/', '?', '[ab]', '[!a]', '[a-c]', '{a,b}', '{a,b/c}'],
    ...[
      '+(a|b)',
      '@(a|bc)',
      '*(a)',
      '?(b)',
      '(a|b)',
      '\\*',
      '.a',
      '{1..3}',
      '[[:alpha:]]',
      '$',
      '^',
    ],
    ...['!', '!(a)', '!(*.b)', '(', '{', '}', '|', '+', '\\', '\n', ',', '#', ' '],
  );
  const glob = fc.array(piece, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
  const name = fc
    .array(fc.constantFrom('a', 'b', 'c', '.a', '1', '*', '+', '$', '\n', '!'), {
      minLength: 1,
      maxLength: 3,
    })
    .map((parts) => parts.join(''));
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const options = { dot: true, nonegate: true, windows: false, debug: true, flags: 's' };

  it('matches what picomatch matches, and leaves no folder closed that has a match in it', () => {
    fc.assert(
      fc.property(glob, path, (pattern, subject) => {
        const regexp = attempt(() => picomatch.makeRe(pattern, options));
        const compiled = attempt(() => compileGlob(pattern));
        fc.pre(regexp !== null && !/(^|\/)\.{0,2}(\/|$)/.test(pattern));
        expect(compiled?.matches(subject)).toBe(regexp?.test(subject));
        const parts = subject.split('/');
        for (let depth = 1; depth < parts.length && compiled?.matches(subject); depth += 1) {
          expect(compiled.canMatchBeneath(parts.slice(0, depth).join('/'))).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    '*a*a*a*a*a*a*a*a*b',
    '**/a/**/a/**/a/**/a/**/a/**/b',
    '+(a|aa)+(a|aa)+(a|aa)+(a|aa)b',
    '*(*(*(*(a))))b',
    '{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}*b',
  ])('%j does not hang', (pattern) => {
    const compiled = compileGlob(pattern);
    expect(compiled.matches('a'.repeat(255))).toBe(false);
    expect(compiled.matches('a/'.repeat(2000))).toBe(false);
  });
});

function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
