import { describe, expect, it } from 'vitest';
import { readDockerfile } from '../../src/dockerfile/read.ts';
import { lookupName } from '../../src/dockerfile/uses.ts';

const read = (text: string, args: Readonly<Record<string, string>> = {}) =>
  readDockerfile({ path: 'Dockerfile', text }, new Map(Object.entries(args)));

/** `FROM base` and so on; `?` for a name that a variable hides. */
const usesOf = (text: string, args?: Readonly<Record<string, string>>) =>
  read(text, args).uses.map(({ instruction, name }) => `${instruction} ${name ?? '?'}`);

describe('an image name is looked up', () => {
  it.each([
    ['base', 'base'],
    ['base:latest', 'base'],
    ['docker.io/library/base', 'base'],
    ['docker.io/library/base:1', 'base:1'],
    ['index.docker.io/team/base:1', 'team/base:1'],
    ['team/base', 'team/base'],
    ['registry.test:5000/base:latest', 'registry.test:5000/base'],
    ['localhost/base', 'localhost/base'],
    ['No/Reference', 'No/Reference'],
    ['base@sha256:12', 'base@sha256:12'],
  ])('%s as %s', (name, lookup) => {
    expect(lookupName(name)).toBe(lookup);
  });
});

describe('the images that a Dockerfile uses', () => {
  it.each<[string, string, string[]]>([
    ['FROM', 'FROM base\n', ['FROM base']],
    ['FROM with a tag', 'FROM base:1.4\n', ['FROM base:1.4']],
    ['FROM a full name', 'FROM docker.io/library/base:latest\n', ['FROM base']],
    ['FROM with a platform', 'FROM --platform=linux/arm64 base\n', ['FROM base']],
    ['in small letters', 'from base as x\n', ['FROM base']],
    ['FROM scratch', 'FROM scratch\n', []],
    ['several', 'FROM a\nFROM b:1 AS c\n', ['FROM a', 'FROM b:1']],
    ['a stage is none', 'FROM a AS X\nFROM x\n', ['FROM a']],
    ['a stage that comes later is one', 'FROM x\nFROM a AS x\n', ['FROM x', 'FROM a']],
    ['a stage of the name of its image', 'FROM base AS base\nFROM base\n', ['FROM base']],
    ['COPY --from', 'FROM a\nCOPY --from=b:2 /x /y\n', ['FROM a', 'COPY --from b:2']],
    [
      'COPY --from behind other flags',
      'FROM a\nCOPY --chown=1 --link --from=b /x /y\n',
      ['FROM a', 'COPY --from b'],
    ],
    ['COPY --from a stage', 'FROM a AS x\nFROM b\nCOPY --from=X /x /y\n', ['FROM a', 'FROM b']],
    [
      'COPY --from the stage of a number',
      'FROM a\nFROM b\nCOPY --from=0 /x /y\n',
      ['FROM a', 'FROM b'],
    ],
    [
      'COPY without --from',
      'FROM a\nCOPY --chown=1 --from-not=b /x /y\nCOPY from=c /y\n',
      ['FROM a'],
    ],
    ['ADD has no --from', 'FROM a\nADD --from=b /x /y\n', ['FROM a']],
    [
      'RUN --mount',
      'FROM a\nRUN --mount=type=bind,from=b,target=/x --mount=from=c:1,target=/y true\n',
      ['FROM a', 'RUN --mount b', 'RUN --mount c:1'],
    ],
    [
      'RUN --mount without from',
      'FROM a\nRUN --mount=type=cache,target=/from=b true\n',
      ['FROM a'],
    ],
    ['RUN --mount from a stage', 'FROM a AS x\nRUN --mount=from=x,target=/y true\n', ['FROM a']],
    [
      'RUN whose command has flags',
      'FROM a\nRUN docker build --mount=from=b --from=c\n',
      ['FROM a'],
    ],
    // It is the business of those who build on the image.
    [
      'ONBUILD is left alone',
      'FROM a\nONBUILD COPY --from=b /x /y\nONBUILD RUN --mount=from=c true\n',
      ['FROM a'],
    ],
    ['a comment', '# FROM a\nFROM b\n  # FROM c\n', ['FROM b']],
    ['a continued line', 'FROM \\\n  base \\\n  AS x\n', ['FROM base']],
    ['a comment in a continued line', 'FROM \\\n# not this\n  base\n', ['FROM base']],
    ['a continued line of another instruction', 'FROM a\nRUN echo \\\nFROM b\n', ['FROM a']],
    [
      'the backtick as escape',
      '# escape=`\nFROM `\n  base\nRUN dir c:\\\nFROM b\n',
      ['FROM base', 'FROM b'],
    ],
    [
      'a heredoc',
      'FROM a\nRUN <<E\nFROM b\nCOPY --from=c /x /y\nE\nFROM d\n',
      ['FROM a', 'FROM d'],
    ],
    ['a heredoc of COPY', 'FROM a\nCOPY <<"E" /x\nFROM b\nE\nFROM d\n', ['FROM a', 'FROM d']],
    [
      'two heredocs',
      'FROM a\nCOPY <<X <<-Y /x\nFROM b\nX\nFROM c\n\tY\nFROM d\n',
      ['FROM a', 'FROM d'],
    ],
    ['CRLF', 'FROM a AS x\r\nCOPY --from=b /x /y\r\nFROM x\r\n', ['FROM a', 'COPY --from b']],
    ['a byte order mark', '\ufeffFROM a\n', ['FROM a']],
    ['no end of the last line', 'FROM a\nFROM b', ['FROM a', 'FROM b']],
    ['quotes', 'FROM "base"\nCOPY --from="b" /x /y\n', ['FROM base', 'COPY --from b']],
    [
      'a variable in COPY --from',
      'ARG B=b\nFROM a\nCOPY --from=$B /x /y\n',
      ['FROM a', 'COPY --from ?'],
    ],
    [
      'a variable in RUN --mount',
      'FROM a\nRUN --mount=from=${B},target=/x true\n',
      ['FROM a', 'RUN --mount ?'],
    ],
    ['a digest', 'FROM a@sha256:12 AS x\n', ['FROM a@sha256:12']],
    ['nothing', '', []],
    ['a FROM without an image', 'FROM\n', []],
  ])('%s', (_, text, uses) => {
    expect(usesOf(text)).toEqual(uses);
  });

  it('have the place of their instruction', () => {
    const text = 'FROM a\nRUN x\nCOPY --from=b /x \\\n  /y\nCMD z\n';
    const shown = read(text).uses.map(({ place }) =>
      place.source.text.slice(place.start, place.end),
    );
    expect(shown).toEqual(['FROM a', 'COPY --from=b /x \\\n  /y']);
  });

  it('have it where lines end with CRLF', () => {
    const { uses } = read('# a comment\r\nFROM a\r\n\r\nCOPY --from=b /x /y\r\n');
    expect(uses.map(({ place }) => place.source.text.slice(place.start, place.end))).toEqual([
      'FROM a',
      'COPY --from=b /x /y',
    ]);
  });
});

describe('a variable in FROM', () => {
  it.each<[string, string, Readonly<Record<string, string>>, string[]]>([
    ['has its default', 'ARG B=base:1\nFROM $B\n', {}, ['FROM base:1']],
    ['has the value that is given', 'ARG B=base:1\nFROM ${B}\n', { B: 'other' }, ['FROM other']],
    ['has one without a default', 'ARG B\nFROM $B\n', { B: 'base' }, ['FROM base']],
    ['hides the name where nothing gives it one', 'ARG B\nFROM $B\n', {}, ['FROM ?']],
    ['hides it where nothing declares it', 'FROM $B\n', { B: 'base' }, ['FROM ?']],
    ['hides it where docker sets it', 'FROM base-$TARGETARCH\n', {}, ['FROM ?']],
    ['has a default of its own', 'FROM ${B:-base}\n', {}, ['FROM base']],
    ['is a part of the name', 'ARG V=1.4\nFROM base:${V}-slim\n', {}, ['FROM base:1.4-slim']],
    ['may have quotes', 'ARG B="base:1"\nFROM "$B"\n', {}, ['FROM base:1']],
    ['may be made of others', 'ARG V=1\nARG B=base:$V\nFROM $B\n', { V: '2' }, ['FROM base:2']],
    ['may be one of several', 'ARG N=base V=1\nFROM $N:$V\n', {}, ['FROM base:1']],
    ['is set by the last ARG', 'ARG B=a\nARG B=b\nFROM $B\n', {}, ['FROM b']],
    ['is not set by the ARG of a stage', 'FROM a\nARG B=b\nFROM $B\n', {}, ['FROM a', 'FROM ?']],
    ['may be empty', 'ARG B=\nFROM base$B\n', {}, ['FROM base']],
    ['may name a stage', 'ARG S=x\nFROM a AS x\nFROM $S\n', {}, ['FROM a']],
    ['is none in single quotes', "ARG B='$V'\nFROM base:$B\n", { V: '1' }, ['FROM base:$V']],
  ])('%s', (_, text, args, uses) => {
    expect(usesOf(text, args)).toEqual(uses);
  });
});

describe('stages', () => {
  it('have the names that they are given', () => {
    const { stages } = read('FROM a AS one\nFROM b\nFROM --platform=x c as Two\n');
    expect(stages.map(({ name, base }) => [name, base])).toEqual([
      ['one', 'a'],
      [null, 'b'],
      ['Two', 'c'],
    ]);
  });

  it('know the stage that they begin with', () => {
    const { stages } = read('FROM a AS X\nFROM x AS y\nFROM b\n');
    expect(stages.map(({ parent }) => parent?.name ?? null)).toEqual([null, 'X', null]);
  });
});

describe('the syntax', () => {
  it.each([
    ['# syntax=docker/dockerfile:1\nFROM a\n', 'docker/dockerfile:1'],
    ['#syntax = docker/dockerfile:1.7 \nFROM a\n', 'docker/dockerfile:1.7'],
    ['# escape=`\n# SYNTAX=x\nFROM a\n', 'x'],
    ['# a comment\n# syntax=x\nFROM a\n', null],
    ['FROM a\n# syntax=x\n', null],
    ['', null],
  ])('of %j is %j', (text, syntax) => {
    expect(read(text).syntax).toBe(syntax);
  });
});
