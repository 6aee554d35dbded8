import { describe, expect, test } from 'vitest';
import { pairsOf } from '../../src/dockerfile/pairs.ts';
import { readDockerfile } from '../../src/dockerfile/read.ts';
import { argumentsOf, flagValues, mountOptions } from '../../src/dockerfile/words.ts';
import { formatPlace } from '../../src/model/source.ts';

/** The only instruction after a FROM. */
function instruction(text: string, head = 'FROM scratch\n') {
  const source = { path: 'D', text: `${head}${text}` };
  const [stage] = readDockerfile(source, new Map()).stages;
  const [first] = stage?.instructions ?? [];
  if (first === undefined || stage?.instructions.length !== 1) throw new Error(`not one: ${text}`);
  return first;
}

describe('argumentsOf', () => {
  // As BuildKit 0.13 answers `COPY --from=\\a` and ``COPY --from=`a`` in such a file.
  test("`\\` is the escape character of flags, also where the file's own is another", () => {
    const head = '# escape=`\nFROM scratch\n';
    const flags = (text: string) => argumentsOf(instruction(text, head)).flags.map((f) => f.text);
    expect(flags('COPY --from=\\a "--chown=x` y" /b')).toEqual(['--from=a']);
    expect(flags('COPY --from=`a /x /y')).toEqual(['--from=`a']);
    expect(flags('COPY --chown=a\\ b --link /x /y')).toEqual(['--chown=a b', '--link']);
    expect(flags('COPY --chown="a\\"b`" --link /x /y')).toEqual(['--chown=a"b`', '--link']);
    const text = `${'# escape=`\n'}FROM --platform=linux/amd64\\ a\n`;
    expect(readDockerfile({ path: 'D', text }, new Map()).mistakes).toMatchObject([
      { message: expect.stringContaining('FROM') as string },
    ]);
  });

  test.each([
    ['COPY a b', [], ['a@2:6', 'b@2:8']],
    ['copy   a \t b  ', [], ['a@2:8', 'b@2:12']],
    ['COPY --from=x --link a b', ['--from=x@2:6', '--link@2:15'], ['a@2:22', 'b@2:24']],
    ['COPY a \\\n  b', [], ['a@2:6', 'b@3:3']],
    ['COPY a \\  \n  b', [], ['a@2:6', 'b@3:3']],
    ['COPY a \\\r\n  b\r\n', [], ['a@2:6', 'b@3:3']],
    ['COPY a \\\n# no\n\n  # more\n  b', [], ['a@2:6', 'b@6:3']],
    ['COPY a\\\nb c', [], ['ab@2:6', 'c@3:3']],
    ['COPY \\\n --link \\\n a b', ['--link@3:2'], ['a@4:2', 'b@4:4']],
    ['COPY "a b" c', [], ['"a@2:6', 'b"@2:9', 'c@2:12']],
    ['COPY a\\ b', [], ['a\\@2:6', 'b@2:9']],
    ['COPY <<EOF /x\nhi there\nEOF', [], ['<<EOF@2:6', '/x@2:12']],
    ['COPY', [], []],
    [
      'RUN --mount=type=bind,from=a --network=none <<EOF\nx\nEOF',
      ['--mount=type=bind,from=a@2:5', '--network=none@2:30'],
      ['<<EOF@2:45'],
    ],
    ['ENV A="x y" B=c\\ d E=\'f "\'', [], ['A="x y"@2:5', 'B=c\\ d@2:13', "E='f \"'@2:20"]],
    ['ENV --A=b c=d', ['--A=b@2:5'], ['c=d@2:11']],
    ['COPY a\\\\\n', [], ['a\\\\@2:6']],
  ])('%j', (text, flags, words) => {
    const found = argumentsOf(instruction(text));
    const shown = ({ text: word, place }: (typeof found.words)[number]) =>
      `${word}@${formatPlace(place).slice(2)}`;
    expect(found.flags.map(shown)).toEqual(flags);
    expect(found.words.map(shown)).toEqual(words);
    expect(found.json).toBe(false);
  });

  test.each([
    ['COPY ["a b", "c"]', ['a b@2:7', 'c@2:14']],
    ['COPY --link [ "a",\\\n  "b" ]', ['a@2:15', 'b@3:3']],
    ['RUN ["a", "\\"b\\u0041"]', ['a@2:6', '"bA@2:11']],
  ])('the JSON form: %j', (text, words) => {
    const found = argumentsOf(instruction(text));
    expect(found.words.map(({ text, place }) => `${text}@${formatPlace(place).slice(2)}`)).toEqual(
      words,
    );
    expect(found.json).toBe(true);
  });

  test.each(['COPY [a]b c', 'COPY ["a" "b"]', "COPY ['a', 'b']", 'COPY [1, "b"]'])(
    'what only looks like the JSON form: %s',
    (text) => {
      expect(argumentsOf(instruction(text)).json).toBe(false);
    },
  );

  test('another escape character', () => {
    const copy = instruction('COPY a\\ `\n  b', '# escape=`\nFROM scratch\n');
    expect(argumentsOf(copy).words.map(({ text }) => text)).toEqual(['a\\', 'b']);
    const env = instruction('ENV A=b` c D="`" e"', '# escape=`\nFROM scratch\n');
    expect(argumentsOf(env).words.map(({ text }) => text)).toEqual(['A=b` c', 'D="`" e"']);
  });
});

test('flags may be given several times', () => {
  const run = argumentsOf(
    instruction('RUN --mount=type=bind,from=a --mount=target=/b,"source=c" x'),
  );
  const mounts = flagValues(run, 'mount');
  expect(mounts.map(({ text }) => text)).toEqual(['type=bind,from=a', 'target=/b,source=c']);
  expect(mounts.map((mount) => Object.fromEntries(mountOptions(mount)))).toEqual([
    { type: 'bind', from: 'a' },
    { target: '/b', source: 'c' },
  ]);
  expect(flagValues(run, 'moun')).toEqual([]);
});

test.each([
  ['ARG A', [['A', null]]],
  [
    'ARG A=1 B C="d e"',
    [
      ['A', '1'],
      ['B', null],
      ['C', '"d e"'],
    ],
  ],
  [
    'ENV A=1 B=c=d',
    [
      ['A', '1'],
      ['B', 'c=d'],
    ],
  ],
  ['ENV A some words  here', [['A', 'some words  here']]],
  ['ENV A', [['A', '']]],
  [
    'LABEL "a b"=c d=\\\n  e',
    [
      ['"a b"', 'c'],
      ['d', ''],
      ['e', null],
    ],
  ],
  ['LABEL a="x \\\n  y"', [['a', '"x   y"']]],
])('pairsOf %j', (text, pairs) => {
  expect(pairsOf(instruction(text)).map(({ name, value }) => [name, value])).toEqual(pairs);
});
