import { describe, expect, it } from 'vitest';
import { BARE, expand, type LookUp, UNKNOWN } from '../../src/dockerfile/expand.ts';

const VALUES: Readonly<Record<string, string>> = {
  A: 'a',
  EMPTY: '',
  P: 't/a/x.y.z',
  _1: 'under',
  Ü: 'umlaut',
};
const lookUp: LookUp = (name) => {
  if (name === 'UNKNOWN') return UNKNOWN;
  return name === 'BARE' ? BARE : (VALUES[name] ?? null);
};

/** Word to what docker makes of it; null: only docker can tell. */
const TABLE: readonly (readonly [string, string | null])[] = [
  ['', ''],
  ['plain', 'plain'],
  ['team/app:1.4@x', 'team/app:1.4@x'],
  // Variables
  ['$A', 'a'],
  ['${A}', 'a'],
  ['x$A/y', 'xa/y'],
  ['x${A}y', 'xay'],
  ['$A$A', 'aa'],
  ['$_1', 'under'],
  ['$Ü', 'umlaut'],
  ['$EMPTY', ''],
  ['x${EMPTY}y', 'xy'],
  ['$UNSET', ''],
  ['${UNSET}', ''],
  ['$Ab', ''],
  ['$1', ''],
  ['$1A', 'A'],
  ['$@', ''],
  ['$UNKNOWN', null],
  ['x${UNKNOWN}', null],
  ['$', '$'],
  ['a$', 'a$'],
  ['$/', '$/'],
  ['$:1', '$:1'],
  // Alternatives
  ['${UNSET:-word}', 'word'],
  ['${UNSET-word}', 'word'],
  ['${EMPTY:-word}', 'word'],
  ['${EMPTY-word}', ''],
  ['${A:-word}', 'a'],
  ['${A-word}', 'a'],
  ['${UNSET:-}', ''],
  ['${UNSET:-$A}', 'a'],
  ['${UNSET:-x${A}y}', 'xay'],
  ['${UNSET:-${EMPTY:-${A}}}', 'a'],
  ['${UNSET:-$UNKNOWN}', null],
  ['${A:-$UNKNOWN}', 'a'],
  ['${UNKNOWN:-word}', null],
  ['${UNKNOWN:+word}', null],
  ['${UNSET:-a:b/c}', 'a:b/c'],
  ["${UNSET:-'}'}", '}'],
  ['${UNSET:-"$A b"}', 'a b'],
  ['${UNSET:-\\}}', '}'],
  ['${A:+word}', 'word'],
  ['${A+word}', 'word'],
  ['${EMPTY:+word}', ''],
  ['${EMPTY+word}', 'word'],
  ['${UNSET:+word}', ''],
  ['${UNSET+word}', ''],
  ['${UNSET:+$UNKNOWN}', ''],
  ['${A:+$UNKNOWN}', null],
  // Declared without a value
  ['$BARE', ''],
  ['${BARE:-word}', 'word'],
  ['${BARE:+word}', ''],
  ['${BARE-word}', null],
  ['${BARE+word}', null],
  ['${BARE:?message}', null],
  ['${A:?message}', 'a'],
  ['${A?}', 'a'],
  ['${EMPTY?message}', ''],
  ['${EMPTY:?message}', null],
  ['${UNSET:?message}', null],
  // Patterns
  ['${P#*/}', 'a/x.y.z'],
  ['${P##*/}', 'x.y.z'],
  ['${P%.*}', 't/a/x.y'],
  ['${P%%.*}', 't/a/x'],
  ['${P/a\\/x/b}', 't/b.y.z'],
  ['${P//[.]/-}', 't/a/x.y.z'],
  ['${P//./-}', 't/a/x-y-z'],
  ['${P/?*/-}', '-'],
  ['${P//?/-}', '---------'],
  ['${A//*/-}', '-'],
  ['${UNSET#x}', ''],
  ['${UNKNOWN#x}', null],
  ['${P#$UNKNOWN}', null],
  ['${P//./$1}', 't/a/xyz'],
  ["${P//./'$1'}", null],
  ['${P#\\a}', null],
  ['${A:=word}', null],
  // Quotes
  ['"$A"', 'a'],
  ["'$A'", '$A'],
  ['"a b"', 'a b'],
  ['x"y"z', 'xyz'],
  ["x'y'z", 'xyz'],
  ['"it\'s"', "it's"],
  ['\'say "hi"\'', 'say "hi"'],
  ['""', ''],
  // Escapes
  ['\\$A', '$A'],
  ['"\\$A"', '$A'],
  ["'\\$A'", '\\$A'],
  ['\\\\$A', '\\a'],
  ['\\a', 'a'],
  ['"\\a"', '\\a'],
  ['"\\""', '"'],
  ['"\\\\"', '\\'],
  ['a\\', 'a'],
  // What docker would not take
  ['${', null],
  ['${A', null],
  ['${}', null],
  ['${{A}', null],
  ['${:-word}', null],
  ['${A!}', null],
  ['${UNSET:-word', null],
  ['${A:-word', null],
  ['"open', null],
  ["'open", null],
];

describe('a word of a Dockerfile', () => {
  it.each(TABLE)('%j is %j', (word, text) => {
    expect(expand(word, lookUp)).toBe(text);
  });

  it.each([
    ['`$A', '$A'],
    ['\\$A', '\\a'],
    ['"`$A"', '$A'],
    ['c:\\dir', 'c:\\dir'],
    ['``', '`'],
  ])('%j is %j where the backtick escapes', (word, text) => {
    expect(expand(word, lookUp, '`')).toBe(text);
  });
});
