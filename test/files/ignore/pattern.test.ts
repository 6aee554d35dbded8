import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../src/files/ignore/pattern.ts';
import { isRefused } from '../../../src/files/ignore/syntax.ts';

/** Pattern, the paths that it matches, the paths that it does not. */
type Row = readonly [pattern: string, yes: readonly string[], no: readonly string[]];

// What moby's documentation and tests say, in words of our own, and what a real engine did.
const PLAIN: readonly Row[] = [
  ['notes', ['notes'], ['note', 'notes2', 'Notes', 'a/notes', 'notes/a']],
  ['docs/api', ['docs/api'], ['docs', 'docs/api/x', 'x/docs/api']],
  ['v1.0', ['v1.0'], ['v1x0', 'v10']],
  ['a(b)c/d', ['a(b)c/d'], ['abc/d']],
  ['x.|)$(}+{y', ['x.|)$(}+{y'], ['x']],
  ['a^b', ['a^b'], ['ab']],
];

const STAR: readonly Row[] = [
  ['*', ['a', '.a', 'a b', 'é', '😀', 'a\nb'], ['a/b']],
  ['*.log', ['x.log', '.log'], ['x.logs', 'a/x.log']],
  ['a*', ['a', 'ab', 'a😀'], ['ba', 'a/b', 'ab/c']],
  ['a*/b', ['a/b', 'abc/b'], ['a/c/b', 'b']],
  ['a*b*c', ['abc', 'a-b-c'], ['ab', 'a-b/c']],
  ['.*', ['.git', '.'], ['git']],
  ['a+b*', ['a+b', 'a+bc'], ['aab', 'ab']],
  ['(x)*', ['(x)', '(x)y'], ['x']],
  ['*$', ['$', 'a$'], ['a']],
];

const CHARACTERS: readonly Row[] = [
  ['a?c', ['abc', 'a?c', 'aéc', 'a😀c', 'a\nc'], ['ac', 'a/c', 'abbc']],
  ['a[b-d]e', ['abe', 'ade'], ['ae', 'aae', 'abce']],
  ['a[^b-d]e', ['aze', 'a/e', 'a😀e'], ['abe', 'ae']],
  ['[a-ζ]', ['a', 'α'], ['A', 'я']],
  ['[!a]x', ['!x', 'ax'], ['bx']],
  ['[\\]a]x', [']x', 'ax'], ['\\x']],
  ['[x\\-]', ['x', '-'], ['z', '\\']],
  ['a\\*b', ['a*b'], ['ab', 'axb']],
  ['a\\\\', ['a\\'], ['a']],
  ['\\#a', ['#a'], ['\\#a']],
  ['[[:digit:]]x', ['1x'], ['ax', ':x']],
  ['[[:^digit:]]x', ['ax'], ['1x']],
];

const DOUBLE_STAR: readonly Row[] = [
  ['**', ['a', 'a/b', 'a\nb', ''], []],
  ['**/a', ['a', 'x/a', 'x/y/a'], ['xa', 'a/x']],
  ['**a', ['a', 'xa', 'x/ya'], ['a/x']],
  ['**/a*', ['a', 'ab', 'x/ab'], ['xa', 'a/x']],
  ['**a*', ['a', 'x/ab'], ['xa']],
  ['a/**', ['a/', 'a/b', 'a/b/c'], ['a', 'ab']],
  ['a**', ['a', 'ab', 'a/b', 'ab/c'], ['ba']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['a/xb', 'ab']],
  ['a**b', ['ab', 'ax/b', 'a/x/b'], ['axb']],
  ['a**/*.txt', ['a.txt', 'a/x.txt', 'a/b/x.txt', 'ab/x.txt'], ['b/x.txt']],
  ['**/**', ['a', 'a/b'], []],
  ['**/x/**', ['x/a', 'b/x/a'], ['x']],
  ['**/x/*', ['x/a', 'b/x/a'], ['x/a/b']],
  // `.` of Go's regular expressions takes no newline; text that is compared has none of that.
  ['**/*.c', ['a.c', 'x\ny.c', 'a/x\ny.c'], ['x\ny/a.c']],
  ['x/**/*', ['x/a', 'x/😀/a'], ['x/a\nb/c']],
];

// What reaches Go's regular expressions as it is, to nobody's intent.
const ODDITIES: readonly Row[] = [
  ['^*', ['a', '^'], ['a/b']],
  ['a^*', [], ['a^', 'a']],
  ['[a?]', ['a]', '[]', '/]'], ['a', '?', 'b']],
  ['[a*]', [']', 'a]', 'aa/]'], ['a', 'b]']],
  ['a\\d', ['a1'], ['ad', 'a\\d']],
  ['a\\w*', ['ab', 'a_c'], ['a', 'a-']],
  ['[\\w-z]', ['a', '-', 'z', '_'], ['.', '\\']],
  ['\\x41*', ['A', 'Ab'], ['x41']],
  ['\\101*', ['A'], ['101']],
  ['\\pLx', ['éx'], ['1x', 'pLx']],
  ['a\\bc', [], ['abc', 'ac', 'a\\bc']],
  ['a\\b.*', ['a.c'], ['ab.c']],
  ['\\Qa*', ['a[^/]*$', 'a[^/]*$b'], ['ab', 'a']],
  ['a|b*', ['a', 'ax', 'b', 'xb', 'c/bx'], ['c', 'xa']],
  ['|x*', ['anything', 'a/b'], []],
  ['a{2}*', ['aa', 'aab'], ['a', 'a{2}', 'ab']],
  ['a{1,}?', ['ab', 'aa', 'aab'], ['a', 'b']],
  ['a{0,1}b*', ['b', 'ab', 'abc'], ['aab']],
  ['*.{js,ts}', ['a.{js,ts}'], ['a.js']],
  ['x*[]a]', ['x]', 'xa'], ['x']],
  ['x*[-a]', ['x-', 'xa'], ['x']],
  ['x*\\', ['x$', 'xa$'], ['x\\', 'x']],
  ['\uFEFFa*', ['a', 'ab'], ['\uFEFFa']],
  ['\uFEFFa', ['\uFEFFa'], ['a']],
];

describe.each([
  ['plain text', PLAIN],
  ['*', STAR],
  ['characters', CHARACTERS],
  ['**', DOUBLE_STAR],
  ["Go's regular expressions", ODDITIES],
])('%s', (_, rows) => {
  it.each(rows)('%j', (text, yes, no) => {
    const pattern = compilePattern(text);
    const matched = [...yes, ...no].filter((path) => pattern?.matches(path));
    expect(matched).toEqual(yes);
  });
});

describe('what docker refuses', () => {
  it.each(['[', 'b[', '*[', '.*[', '[a', '[-a]', 'x[-a]', '[a-]', '[a-b-c]', '[^]', '[]a]', 'a\\'])(
    '%j at once',
    (text) => expect(isRefused(text)).toBe(true),
  );

  it.each(['.*[-a]', '?*[-a]', '[^a]*[-a]', '\\.*[-a]'])(
    '%j at once, `.` matching its start',
    (text) => expect(isRefused(text)).toBe(true),
  );

  it.each(['x*[-a]', '*x*[-a]', 'x*[', '.*y*[-a]', 'b/*[-a]', 'x*(a\\', '[a-z]*', '[\\]]', 'a\\*'])(
    '%j not at once',
    (text) => expect(isRefused(text)).toBe(false),
  );

  it.each([
    ...['x*[', '[z-a]', '[[:nope:]]', '\\é*', '\\i*', '[\\i]', '\\8*', '\\xg*', '\\pQ*', '\\p{L}*'],
    ...['x*{2}', '**/{2}*', 'a|{2}*', 'a{2}{3}*', 'a{1001}*', 'a{2,1}*'],
  ])('%j when it is asked', (text) => expect(compilePattern(text)).toBeNull());
});

describe('canMatchBeneath', () => {
  it.each<readonly [string, readonly string[], readonly string[]]>([
    ['src/a', ['src'], ['src/a', 'sr', 'lib', 'src/b']],
    ['src/**', ['src', 'src/a'], ['lib', 'srcs']],
    ['s**', ['src', 's'], ['lib']],
    ['**/a', ['src', 'lib/b'], []],
    ['src/*/a', ['src', 'src/b'], ['lib', 'src/b/c']],
    ['src/*.py', ['src'], ['src/a', 'lib']],
    ['*', [], ['a']],
    ['a|b*', ['c'], []],
  ])('%j', (text, yes, no) => {
    const pattern = compilePattern(text);
    expect([...yes, ...no].filter((folder) => pattern?.canMatchBeneath(folder))).toEqual(yes);
  });
});
