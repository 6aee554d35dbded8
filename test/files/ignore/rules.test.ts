import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIgnoreFile } from '../../../src/files/ignore/parse.ts';
import { ignoreFilter } from '../../../src/files/ignore/rules.ts';
import { opened, sift } from '../sift.ts';

function filterOf(lines: readonly string[]) {
  return ignoreFilter(parseIgnoreFile({ path: '.dockerignore', text: lines.join('\n') }).rules);
}

/** Which of the files docker would send. */
function taken(lines: readonly string[], files: readonly string[]): string[] {
  return sift(filterOf(lines), files);
}

describe('an ignore file', () => {
  it.each<readonly [string, readonly string[], readonly string[], readonly string[]]>([
    ['says nothing', [], ['a', 'b/c'], ['a', 'b/c']],
    ['ignores a file', ['a'], ['a', 'b/a'], ['b/a']],
    ['ignores a folder with all in it', ['a'], ['a/b', 'a/c/d', 'ab'], ['ab']],
    [
      'ignores what a wildcard matches, with all in it',
      ['*/x'],
      ['a/x/b', 'x/b', 'a/y'],
      ['x/b', 'a/y'],
    ],
    ['takes back', ['*.md', '!README.md'], ['a.md', 'README.md'], ['README.md']],
    ['takes back out of a folder', ['docs', '!docs/a'], ['docs/a', 'docs/b'], ['docs/a']],
    ['takes a folder back', ['**', '!src'], ['a', 'src/a', 'src/b/c'], ['src/a', 'src/b/c']],
    ['lets the last line that matches win', ['a', '!a', 'a'], ['a'], []],
    ['lets the last line win, whatever came first', ['!a', '*'], ['a'], []],
    ['tells apart upper and lower case', ['A'], ['a', 'A'], ['a']],
    ['takes all, then ignores within', ['*', '!a', 'a/b'], ['a/b', 'a/c'], ['a/c']],
    ['ignores itself', ['.*'], ['.dockerignore', 'a'], ['a']],
    ['takes back by a wildcard', ['d', '!**/*.md'], ['d/a', 'd/e/b.md'], ['d/e/b.md']],
    ['ignores the root, in vain', ['.', '/'], ['a'], ['a']],
  ])('%s', (_, lines, files, expected) => expect(taken(lines, files)).toEqual(expected));
});

// Found by comparing with a real engine; see test/rig/differential.ts.
describe('as docker does, to our surprise', () => {
  it('forgets an exception that had nothing to take back at the folder', () => {
    expect(taken(['d/x', '!d'], ['d/x', 'd/y'])).toEqual(['d/y']);
  });

  it('forgets a repeated pattern that had nothing to ignore at the folder', () => {
    expect(taken(['d', '!d/x', 'd'], ['d/x', 'd/y'])).toEqual(['d/x']);
  });

  it('takes nothing back by `!d/*/**` unless another exception has a wildcard', () => {
    expect(taken(['d', '!d/*/**'], ['d/e/f', 'd/g'])).toEqual([]);
    expect(taken(['d', '!d/*/**', '!q*'], ['d/e/f', 'd/g'])).toEqual(['d/e/f']);
  });

  it('takes back a file whose line begins with a slash and a `!`', () => {
    expect(taken(['*', '/!a'], ['a', '!a'])).toEqual(['a']);
  });

  it('takes a `|` for an alternative, but only beside a wildcard', () => {
    expect(taken(['a|b'], ['a|b', 'a'])).toEqual(['a']);
    expect(taken(['|b*'], ['a', 'b'])).toEqual([]);
  });

  it.each<readonly [readonly string[], readonly string[], boolean]>([
    [['!x*[', 'a'], ['b', 'a'], false],
    [['a', '!x*['], ['b'], false],
    [['a', '!x*['], ['a'], true],
    // At the folder nothing was ignored yet when its turn came; beneath it something is.
    [['*/*', '!x*[', 'a'], ['a/b'], true],
  ])('minds the broken pattern in %j only when it is asked', (lines, files, isAsked) => {
    const { rules } = parseIgnoreFile({ path: '.dockerignore', text: lines.join('\n') });
    const broken: string[] = [];
    sift(
      ignoreFilter(rules, ({ text }) => broken.push(text)),
      files,
    );
    expect(broken.includes('x*[')).toBe(isAsked);
  });
});

describe('folders that need not be opened', () => {
  it.each<readonly [string, readonly string[], readonly string[], readonly string[]]>([
    ['ignored', ['node_modules'], ['node_modules/a/b', 'src/a'], ['src']],
    ['ignored deep down', ['**/node_modules'], ['a/node_modules/b'], ['a']],
    ['ignored, taken back elsewhere', ['**', '!src/**/*.py'], ['a/b', 'src/c/d'], ['src', 'src/c']],
    ['ignored after all', ['!a/**/x', 'a'], ['a/b'], []],
    ['ignored, taken back within', ['a', '!a/b/c'], ['a/b/c', 'a/d/e'], ['a', 'a/b']],
    ['ignored, taken back anywhere', ['a', '!**/x'], ['a/b/c'], ['a', 'a/b']],
  ])('%s', (_, lines, files, expected) => expect(opened(filterOf(lines), files)).toEqual(expected));
});

describe('any ignore file', () => {
  const name = fc.constantFrom('a', 'b', 'ab', '.a', 'c');
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const piece = fc.constantFrom(
    'a',
    'b',
    'ab',
    '*',
    '**',
    '?',
    'a*',
    '*b',
    '[ab]',
    '[^a]',
    '**a',
    'b**',
  );
  const line = fc
    .tuple(fc.boolean(), fc.array(piece, { minLength: 1, maxLength: 3 }))
    .map(([exception, parts]) => `${exception ? '!' : ''}${parts.join('/')}`);
  const lines = fc.array(line, { maxLength: 5 });
  const files = fc.uniqueArray(path, { maxLength: 12 });

  it('takes the same files whether or not ignored folders are left closed', () => {
    fc.assert(
      fc.property(lines, files, (some, tree) => {
        // An exception with a wildcard, so that docker itself closes nothing.
        const all = ['!z*z', ...some];
        expect(taken(all, tree)).toEqual(takenFromEverywhere(all, tree));
      }),
      { numRuns: 1000 },
    );
  });
});

/** moby's walk, with every folder opened. */
function takenFromEverywhere(lines: readonly string[], files: readonly string[]): string[] {
  const { rules } = parseIgnoreFile({ path: '', text: lines.join('\n') });
  return files.filter((file) => {
    const parts = file.split('/');
    let inherited: boolean[] = [];
    let ignored = false;
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const path = parts.slice(0, depth).join('/');
      ignored = false;
      inherited = rules.map(({ pattern, exception }, index) => {
        const held = inherited[index] || (exception === ignored && pattern?.matches(path));
        if (held) ignored = !exception;
        return held === true;
      });
    }
    return !ignored;
  });
}
