import { describe, expect, it } from 'vitest';
import { expand } from '../../src/dockerfile/expand.ts';

const VALUES: Readonly<Record<string, string>> = { A: 'a', EMPTY: '', _1: 'under', Ü: 'umlaut' };
const lookUp = (name: string) => VALUES[name] ?? null;

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
  ['$UNSET', null],
  ['${UNSET}', null],
  ['$Ab', null],
  ['$1', null],
  ['$1A', null],
  ['$@', null],
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
  ['${UNSET:-$UNSET}', null],
  ['${A:-$UNSET}', 'a'],
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
  ['${UNSET:+$UNSET}', ''],
  ['${A:+$UNSET}', null],
  ['${A:?message}', 'a'],
  ['${A?}', 'a'],
  ['${EMPTY?message}', ''],
  ['${EMPTY:?message}', null],
  ['${UNSET:?message}', null],
  // Left to docker
  ['${A#a}', null],
  ['${A%%a*}', null],
  ['${A/a/b}', null],
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
