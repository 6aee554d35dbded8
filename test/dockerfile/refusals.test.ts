import { describe, expect, test } from 'vitest';
import { readDockerfile } from '../../src/dockerfile/read.ts';
import { formatPlace } from '../../src/model/source.ts';

const mistakesIn = (text: string, args: Readonly<Record<string, string>> = {}) =>
  readDockerfile({ path: 'D', text }, new Map(Object.entries(args))).mistakes.map(
    ({ message, advice, place }) => `${formatPlace(place)} ${message}; ${advice}`,
  );

describe('docker refuses', () => {
  test.each([
    ['ARGGG x', 'D:2:1 docker knows no instruction `ARGGG`; did you mean `ARG`?'],
    [
      'COPY --user=1 a b',
      'D:2:6 `COPY` has no flag `--user`; it takes `--chown`, `--chmod`, `--from`, `--link`, `--parents`, `--exclude`',
    ],
    ['COPY --form=x a b', 'D:2:6 `COPY` has no flag `--form`; did you mean `--from`?'],
    ['COPY --from a b', 'D:2:6 the flag `--from` has no value; write `--from=…`'],
    [
      'COPY a',
      'D:2:1 `COPY` needs a source and a destination; write it as in `COPY SOURCE DESTINATION`',
    ],
    ['ENV A', 'D:2:1 `ENV A` has no value; write `ENV NAME=VALUE`'],
    ['ENV A=b c', 'D:2:9 `c` in `ENV` is no `NAME=VALUE`; put a value that has blanks into quotes'],
    [
      'FROM a AS 1',
      'D:2:11 `1` is no name for a stage; begin it with a letter; letters, digits, `-`, `_` and `.` may follow',
    ],
    [
      'RUN <<E\nx',
      'D:2:1 the heredoc `E` has no end; end it with a line that says `E` and nothing else',
    ],
    ['ONBUILD FROM x', 'D:2:1 `ONBUILD` takes no `FROM`; remove it'],
    [
      'RUN --network=off x',
      'D:2:5 `--network` cannot be `off`; it takes `default`, `none`, `host`',
    ],
    [
      'HEALTHCHECK --interval=5 CMD x',
      'D:2:13 `--interval` cannot be `5`; write a time of a millisecond at least, as in `--interval=30s`',
    ],
    [
      'SHELL sh',
      'D:2:1 `SHELL` takes nothing but the JSON form, with a string at least; write it as in `SHELL ["/bin/sh", "-c"]`',
    ],
    [
      'CMD [1]',
      'D:2:1 the JSON form of `CMD` takes nothing but strings; put each of them into double quotes',
    ],
    ['USER', 'D:2:1 `USER` has no argument; write it as in `USER NAME`'],
  ])('%j', (text, mistake) => {
    expect(mistakesIn(`FROM a\n${text}\n`)).toEqual([mistake]);
  });

  test('every mistake of a file at once', () => {
    expect(mistakesIn('RUN x\nFROM a b\nCOPY a\n').map((mistake) => mistake.slice(0, 5))).toEqual([
      'D:1:1',
      'D:2:1',
      'D:3:1',
    ]);
  });

  test.each(['', '# only a comment\n'])('a file of nothing: %j', (text) => {
    expect(mistakesIn(text)).toEqual([
      'D:1:1 the Dockerfile has no instructions; begin it with `FROM`',
    ]);
  });
});

test.each([
  'FROM a\nCOPY --parents --exclude=x a b\nADD --unpack=false a b\nRUN --device=x --security=insecure x\n',
  'FROM a AS x\nFROM b AS x\n',
  'FROM a\nRUN echo $((1<<2)) "<<EOF"\nRUN a\\\\\nRUN b\n',
  'FROM a\nRUN 3<<PY cat\nFROM x\nPY\nRUN cat << EOF\nx\nEOF\n',
  'FROM a\nCOPY --chown="a b" --from=x a b\n',
  '#!/bin/x\n# foo=bar\nFROM a\r\nRUN x \\ \r\n\r\n  y',
])('docker takes %j', (text) => {
  expect(mistakesIn(text)).toEqual([]);
});

test('a file of another frontend is not judged', () => {
  expect(mistakesIn('# syntax=team/flakes:1\n{ inputs = 1; }\n')).toEqual([]);
  expect(mistakesIn('{ inputs = 1; }\n', { BUILDKIT_SYNTAX: 'team/flakes:1' })).toEqual([]);
});
