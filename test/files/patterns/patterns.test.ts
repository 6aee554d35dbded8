import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { both } from '../../../src/files/file-filter.ts';
import { compileGlob } from '../../../src/files/patterns/glob.ts';
import {
  globPattern,
  literalPattern,
  type PathPattern,
  readPattern,
} from '../../../src/files/patterns/pattern.ts';
import { patternFilter } from '../../../src/files/patterns/rules.ts';
import type { FilePattern } from '../../../src/model/manifest.ts';
import { opened, sift } from '../sift.ts';

function written(text: string): FilePattern {
  return { text, place: { source: { path: 'ensure.yaml', text }, start: 0, end: text.length } };
}

/** As a literal where it has no glob's characters. */
function pattern(text: string): PathPattern {
  const read = readPattern(written(text));
  if ('severity' in read) throw new Error(read.message);
  const made = /[*?[{(]/.test(read.path) ? globPattern(read) : literalPattern(read);
  if ('severity' in made) throw new Error(made.message);
  return made;
}

const only = (...texts: string[]) => patternFilter('only', texts.map(pattern));
const allBut = (...texts: string[]) => patternFilter('all_but', texts.map(pattern));

describe('what is written', () => {
  it.each([
    ['a', 'a'],
    ['./a', 'a'],
    ['a/', 'a'],
    ['a//b/', 'a/b'],
    ['a/./b', 'a/b'],
    ['a/../b', 'b'],
    ['a/b/..', 'a'],
    ['.', ''],
    ['./', ''],
    [' a ', ' a '],
    ['./!a', '!a'],
    ['\\!a', '\\!a'],
    ['!(a|b)', '!(a|b)'],
    ['#a', '#a'],
    ['...', '...'],
    ['..a', '..a'],
  ])('%j means %j', (text, path) => {
    expect(readPattern(written(text))).toMatchObject({ path, exception: false });
  });

  it.each([
    ['!a', 'a'],
    ['!./a/', 'a'],
    ['!!a', '!a'],
    ['! a', ' a'],
    ['!.', ''],
  ])('%j takes back %j', (text, path) => {
    expect(readPattern(written(text))).toMatchObject({ path, exception: true });
  });

  it.each(['..', '../a', 'a/../../b', '/', '/a', '!../a', '!/a', './..'])('%j leaves', (text) => {
    const place = written(text).place;
    expect(readPattern(written(text))).toMatchObject({
      severity: 'error',
      code: 'outside-directory',
      place,
    });
  });

  it.each(['', '!'])('%j says nothing', (text) => {
    expect(readPattern(written(text))).toMatchObject({ severity: 'error', code: 'bad-pattern' });
  });
});

describe('a glob', () => {
  it.each<readonly [string, readonly string[], readonly string[]]>([
    ['*', ['a', '.a', 'a b', 'é', 'a\nb'], ['a/b']],
    ['*.py', ['a.py', '.py'], ['a/b.py', 'a.pyc']],
    ['**/*.py', ['a.py', 'a/b.py', 'a/.b/c.py', 'x\ny/a\n.py'], ['a.pyc']],
    ['**', ['a', 'a/b', '.a/.b'], []],
    ['src/**', ['src', 'src/a', 'src/a/b'], ['srcs']],
    ['a/**/b', ['a/b', 'a/x/y/b'], ['ab', 'a/xb']],
    ['*.{js,ts}', ['a.js', 'a.ts'], ['a.jsx']],
    ['{a,b/c}/d', ['a/d', 'b/c/d'], ['b/d']],
    ['a?', ['ab', 'a😀'], ['a', 'a/']],
    ['[a-c]x', ['ax'], ['dx']],
    ['+(a|b)', ['a', 'abab'], ['c', '']],
    ['!(a)', ['b', 'ab'], ['a']],
    ['\\[id\\].tsx', ['[id].tsx'], ['i.tsx']],
    ['\\*', ['*'], ['a']],
    ['A*', ['Ab'], ['ab']],
  ])('%j', (glob, yes, no) => {
    const { matches } = compileGlob(glob);
    expect([...yes, ...no].filter((path) => matches(path))).toEqual(yes);
  });

  it.each(['[z-a]*', '*('.repeat(10), '*'.repeat(70_000)])('%.20s… may be none', (glob) => {
    const read = readPattern(written(glob));
    const made = 'path' in read ? globPattern(read) : read;
    if ('severity' in made) expect(made).toMatchObject({ severity: 'error', code: 'bad-pattern' });
    else expect(made.matches('a')).toBeTypeOf('boolean');
  });
});

describe('only', () => {
  it.each<readonly [string, readonly string[], readonly string[], readonly string[]]>([
    ['a file', ['a'], ['a', 'ab', 'b/a'], ['a']],
    ['a folder and all in it', ['a'], ['a/b', 'a/.c/d', 'b'], ['a/b', 'a/.c/d']],
    ['folders that a glob matches', ['*/src'], ['a/src/b', 'a/c', 'src'], ['a/src/b']],
    ['all', ['.'], ['a', 'b/c'], ['a', 'b/c']],
    ['nothing', [], ['a'], []],
    ['less what is taken back', ['a', '!a/b'], ['a/b', 'a/c'], ['a/c']],
    ['but what is then taken again', ['a', '!**/*.md', 'a/x.md'], ['a/x.md', 'a/y.md'], ['a/x.md']],
    ['nothing by a `!` alone', ['!a'], ['a', 'b'], []],
  ])('takes %s', (_, patterns, files, expected) =>
    expect(sift(only(...patterns), files)).toEqual(expected),
  );

  it.each<readonly [readonly string[], readonly string[], readonly string[]]>([
    [['src'], ['src/a/b', 'lib/a/b'], ['src', 'src/a']],
    [['src/a/b'], ['src/a/b/c', 'src/d/e'], ['src', 'src/a', 'src/a/b']],
    [['src/*.py'], ['src/a/b', 'lib/a'], ['src']],
    [['*.json'], ['src/a'], []],
    [['src/**/*.py'], ['src/a/b', 'lib/a'], ['src', 'src/a']],
    [['{src,lib}/*/a'], ['src/a/b/c', 'doc/a'], ['src', 'src/a']],
    [
      ['src', '!src/big'],
      ['src/big/a', 'src/b/c'],
      ['src', 'src/b'],
    ],
  ])('%j opens no folder in vain', (patterns, files, expected) =>
    expect(opened(only(...patterns), files)).toEqual(expected),
  );
});

describe('all_but', () => {
  it.each<readonly [string, readonly string[], readonly string[], readonly string[]]>([
    ['a file', ['a'], ['a', 'b/a'], ['b/a']],
    ['a folder and all in it', ['a'], ['a/b', 'b'], ['b']],
    ['what a glob matches', ['**/*.md'], ['a.md', 'b/c.md', 'b/d'], ['b/d']],
    ['nothing', [], ['a'], ['a']],
    ['what is not taken back', ['a', '!a/b'], ['a/b', 'a/c'], ['a/b']],
  ])('leaves out %s', (_, patterns, files, expected) =>
    expect(sift(allBut(...patterns), files)).toEqual(expected),
  );

  it.each<readonly [readonly string[], readonly string[], readonly string[]]>([
    [['node_modules'], ['node_modules/a/b', 'src/a'], ['src']],
    [['**/node_modules'], ['a/node_modules/b'], ['a']],
    [
      ['a', '!a/b'],
      ['a/b/c', 'a/d/e'],
      ['a', 'a/b'],
    ],
  ])('%j opens no folder in vain', (patterns, files, expected) =>
    expect(opened(allBut(...patterns), files)).toEqual(expected),
  );
});

describe('any patterns', () => {
  const texts = fc.array(
    fc
      .tuple(
        fc.constantFrom('', '', '!'),
        fc.array(fc.constantFrom('a', 'b', '*', '**', 'a*', '{a,b}', '!(a)', '[ab]'), {
          minLength: 1,
          maxLength: 3,
        }),
      )
      .map(([sign, parts]) => `${sign}${parts.join('/')}`)
      .filter((text) => !text.startsWith('!(')),
    { maxLength: 4 },
  );
  const path = fc
    .array(fc.constantFrom('a', 'b', 'ab', '.a'), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/'));
  const files = fc.uniqueArray(path, { maxLength: 10 });

  /** The rules once more, with no folder left closed. */
  function chosen(patterns: readonly PathPattern[], file: string): boolean {
    const parts = file.split('/');
    const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    return patterns.reduce(
      (taken, { exception, matches }) => (above.some((each) => matches(each)) ? !exception : taken),
      false,
    );
  }

  it('take first `only`, then less `all_but`, and close no folder that has one of them', () => {
    fc.assert(
      fc.property(texts, texts, files, (taking, leaving, tree) => {
        const filter = both(only(...taking), allBut(...leaving));
        const [take, leave] = [taking.map(pattern), leaving.map(pattern)];
        expect(sift(filter, tree)).toEqual(
          tree.filter((file) => chosen(take, file) && !chosen(leave, file)),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
