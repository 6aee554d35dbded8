import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIgnoreFile } from '../../../src/files/ignore/parse.ts';
import { formatPlace } from '../../../src/model/source.ts';

function parse(text: string) {
  return parseIgnoreFile({ path: '.dockerignore', text });
}

/** The rules as they are understood, a `!` before those that take back. */
function understood(text: string): string[] {
  return parse(text).rules.map((rule) => `${rule.exception ? '!' : ''}${rule.text}`);
}

describe('what a line is understood as', () => {
  it.each([
    ['a', 'a'],
    ['  a\t', 'a'],
    ['\u00a0a\u2003\u0085', 'a'],
    ['a b', 'a b'],
    ['/a', 'a'],
    ['//a', 'a'],
    ['/', '/'],
    ['a/', 'a'],
    ['./a', 'a'],
    ['a//b/./c', 'a/b/c'],
    ['a/../b', 'b'],
    ['../a', '../a'],
    ['/../a', 'a'],
    ['a/..', '.'],
    ['.', '.'],
    ['**/', '**'],
    ['!a', '!a'],
    ['! a', '!a'],
    [' ! /a/ ', '!a'],
    ['!./a', '!a'],
    ['!!a', '!!a'],
    // The line is read once more as a pattern, after its slash is gone.
    ['/!a', '!a'],
    ['/ a', 'a'],
    ['/ !a', '!a'],
    ['!/!a', '!!a'],
    ['/#a', '#a'],
    ['\\#a', '\\#a'],
    [' #a', '#a'],
    ['a#b', 'a#b'],
    ['\\!a', '\\!a'],
    ['a\\ b', 'a\\ b'],
    ['\u200ba', '\u200ba'],
  ])('%j is %j', (line, meant) => expect(understood(line)).toEqual([meant]));

  it.each(['', ' ', '\t\r', '#', '# a', '#a', '\u00a0'])('%j is nothing', (line) =>
    expect(understood(line)).toEqual([]),
  );
});

describe('lines', () => {
  it('end with a newline, with or without a return before it', () => {
    expect(understood('a\r\nb\n\nc\r\n')).toEqual(['a', 'b', 'c']);
  });

  it('do not end with a lone return', () => {
    expect(understood('a\rb')).toEqual(['a\rb']);
  });

  it('may follow a byte order mark, of which there is one', () => {
    expect(understood('\uFEFFa')).toEqual(['a']);
    expect(understood('\uFEFF# a')).toEqual([]);
    expect(understood('\uFEFF\uFEFFa')).toEqual(['\uFEFFa']);
    expect(understood('a\n\uFEFFb')).toEqual(['a', '\uFEFFb']);
  });
});

describe('mistakes', () => {
  it.each([
    ['!', 'docker: illegal exclusion pattern'],
    ['! ', 'docker: illegal exclusion pattern'],
    ['!/', 'docker: illegal exclusion pattern'],
    ['x'.repeat(65_536), 'docker: token too long'],
    ['[', 'docker: syntax error in pattern'],
    ['a\\', 'docker: syntax error in pattern'],
  ])('%#: %s', (line, message) => {
    expect(parse(line).diagnostics.map((each) => each.message)).toEqual([message]);
    expect(parse(line).diagnostics[0]).toMatchObject({
      severity: 'error',
      code: 'bad-ignore-pattern',
    });
  });

  it.each([
    ['a\0b', 'U+0000'],
    ['!x\0', 'U+0000'],
    ['a\tb', 'U+0009'],
    ['a\rb', 'U+000D'],
    ['\u001b', 'U+001B'],
    ['a\u007f', 'U+007F'],
    // The matcher trims it, but only after it was sent.
    ['a\t/x/..', 'U+0009'],
    ['/\t/x/..', 'U+0009'],
  ])('%j holds what docker cannot send', (line, name) => {
    const { diagnostics } = parse(`# \u00e9\n*\n${line}\n`);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      `docker: a pattern cannot hold the character ${name}`,
    ]);
    expect(diagnostics.map(({ place }) => place && formatPlace(place))).toEqual([
      '.dockerignore:3:1',
    ]);
  });

  // Docker encodes all patterns where one is not ASCII.
  it.each(['# \0\na', '\ta\t\r\n', 'x\0/../a', '\u00e9\n# \0', '\u00e9\tb'])(
    '%j holds nothing of that kind',
    (text) => expect(parse(text).diagnostics).toEqual([]),
  );

  it.each([
    ['a\0b\n\u00e9', '.dockerignore:1:1'],
    ['a\0\nb\u00a0/x/..', '.dockerignore:1:1'],
    ['\u00e9\n!x\0\ny\0', '.dockerignore:2:1'],
    ['\ufffda\0\r\0\n\0', '.dockerignore:1:1'],
  ])('%j holds a pattern that docker takes, and that no name matches', (text, place) => {
    const { diagnostics } = parse(text);
    expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'unmatched-pattern' }]);
    expect(diagnostics.map((each) => each.place && formatPlace(each.place))).toEqual([place]);
  });

  it('are all found, each with its place, and the other lines still hold', () => {
    const { rules, diagnostics } = parse('\uFEFFa\n  [b\n\n!\nc');
    expect(rules.map(({ text }) => text)).toEqual(['a', 'c']);
    expect(diagnostics.map(({ place }) => place && formatPlace(place))).toEqual([
      '.dockerignore:2:3',
      '.dockerignore:4:1',
    ]);
  });
});

describe('any text', () => {
  it.each([
    `a${' '.repeat(60_000)}b`,
    '['.repeat(60_000),
    'a/'.repeat(30_000),
    '**/'.repeat(20_000),
    `x*${'[a'.repeat(30_000)}`,
    `x*${'{1}'.repeat(20_000)}`,
    `x*${'a|'.repeat(30_000)}`,
    'x'.repeat(10_000_000),
  ])('a hostile line, %#, does not hang', (text) => {
    expect(parse(text).rules.length + parse(text).diagnostics.length).toBe(1);
  });

  it('is read without a crash', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parse(text)));
    const hostile = fc.array(fc.constantFrom(...'ab*?[]^-\\!# /.{}()|+$,12\n\r\t\uFEFFQExdpL:'));
    fc.assert(
      fc.property(hostile, (chars) => void parse(chars.join(''))),
      { numRuns: 2000 },
    );
  });

  it('means the same once it is written as it is understood', () => {
    const char = fc.constantFrom(...'ab*?[]^\\!#/. é');
    const lines = fc.array(fc.string({ unit: char, maxLength: 8 }), { maxLength: 4 });
    fc.assert(
      fc.property(lines, (written) => {
        const once = understood(written.join('\n'));
        // A `#` or `!` that came to stand first by cleaning would be read anew.
        fc.pre(once.every((line) => !/^#|^\/.|^![!/\s]|^\s|\s$/.test(line)));
        expect(understood(once.join('\n'))).toEqual(once);
      }),
      { numRuns: 1000 },
    );
  });
});

it.each(['utf16le', 'utf16be'] as const)(
  'a file in %s has patterns that match nothing: told once',
  (encoding) => {
    const little = Buffer.from('\uFEFF.env\r\n*.key\r\n', 'utf16le');
    const bytes = encoding === 'utf16le' ? little : little.swap16();
    const { rules, diagnostics } = parse(bytes.toString('utf8'));
    expect(rules.length).toBeGreaterThan(1);
    expect(diagnostics).toMatchObject([
      {
        severity: 'warning',
        code: 'unmatched-pattern',
        message: 'this pattern holds the character U+0000, which no name has: it matches nothing',
        advice: 'save the file as UTF-8: it looks like UTF-16, by which docker ignores nothing',
      },
    ]);
  },
);
