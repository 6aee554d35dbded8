import { describe, expect, test } from 'vitest';
import { codes, complaints, type Files } from './checking.ts';

const TREE: Files = {
  'package.json': '{}',
  'src/a.txt': 'a',
  'src/deep/b.txt': 'b',
  'a b': 'blank',
  link: { link: 'src' },
};

/** What is found about the instructions of one stage, from scratch. */
function findings(...lines: readonly string[]): Promise<string[]> {
  return codes(`FROM scratch\n${lines.join('\n')}\n`, { files: TREE });
}

describe('a source that is there', () => {
  test.each([
    'COPY package.json /',
    'COPY ./package.json /',
    'COPY /package.json /',
    'COPY ../package.json /',
    'COPY package.json/ /',
    'COPY src /x',
    'COPY src/ /x/',
    'COPY src/./deep/../a.txt /x/',
    'COPY . /x',
    'COPY / /x',
    'COPY .. /x',
    'COPY "" /x',
    'COPY ["a b", "package.json", "/x/"]',
    'COPY "package.json" /x',
    "COPY 'src'/a.txt /x",
    'COPY --chown=1:1 --link package.json /x',
    'COPY package.json \\\n  # a comment\n\n  src \\\n  /x/',
    'COPY pack\\\nage.json /x',
    'COPY *.json /x/',
    'COPY src/*.txt /x/',
    'COPY src/?.txt /x/',
    'COPY src/[a-c].t[^y]t /x/',
    'COPY */deep /x/',
    'COPY **/a.txt /x/',
    'COPY src/a[.]txt /x/',
    'copy package.json /x',
    'ADD package.json /x',
    'RUN --mount=type=bind,source=src,target=/x true',
    'RUN --mount=source=package.json,target=/x true',
    'RUN --mount=target=/x true',
    'RUN --mount=src=.,dst=/x true',
  ])('%s', async (line) => {
    expect(await findings(line)).toEqual([]);
  });
});

describe('a source that is not there', () => {
  test.each([
    ['COPY missing /', '2:6'],
    ['COPY package.json missing /x/', '2:19'],
    ['COPY src/missing /', '2:6'],
    ['COPY package.json/x /', '2:6'],
    ['COPY Package.json /', '2:6'],
    ['COPY ["src/a.txt", "missing", "/x/"]', '2:20'],
    ['COPY --chown=1:1 --link missing /x', '2:25'],
    ['COPY package.json \\\n  # a comment\n\n  missing \\\n  /x/', '5:3'],
    ['COPY \\\n missing /x', '3:2'],
    ['COPY "missing" /x', '2:6'],
    ['copy missing /x', '2:6'],
    ['ADD missing /x', '2:5'],
    ['ADD src/missing.tar.gz /x', '2:5'],
    // Nothing before the first wildcard, so that docker has no folder to look in.
    ['COPY missing/* /x/', '2:6'],
    ['COPY missing/a?c/x.txt /x/', '2:6'],
    ['COPY missing <<EOF /x/\nhi\nEOF', '2:6'],
    ['RUN --mount=type=bind,source=missing,target=/x true', '2:5'],
    ['RUN --mount=source=src/missing,target=/x true', '2:5'],
    ['RUN --mount=source=src/*.txt,target=/x true', '2:5'],
  ])('%s', async (line, place) => {
    expect(await findings(line)).toEqual([`Dockerfile:${place} missing-source!`]);
  });
});

describe('what is not a file of the build context', () => {
  test.each([
    'COPY <<EOF /x\nhi\nEOF',
    'COPY <<one <<-"two" /x/\n1\none\n\t2\n\ttwo',
    'ADD https://example.com/missing /x',
    'ADD git@github.com:moby/moby.git /x',
    'ADD https://github.com/moby/moby.git#v1:folder /x',
    'COPY --from=elsewhere missing /x',
    'COPY --from=docker.io/library/busybox:1 /bin/missing /x',
    'RUN --mount=type=cache,source=missing,target=/x true',
    'RUN --mount=type=secret,id=missing true',
    'RUN --mount=type=bind,from=elsewhere,source=missing,target=/x true',
    'RUN --mount=type=tmpfs,target=/x true',
    'ONBUILD COPY missing /x',
    'RUN cp missing /x',
    'RUN <<EOF\nCOPY missing /x\nEOF',
    '# COPY missing /x',
  ])('%s', async (line) => {
    expect(await findings(line)).toEqual([]);
  });
});

describe('what cannot be told before docker builds', () => {
  test.each([
    'COPY link/missing /x',
    'COPY link /x',
    'COPY --parents missing /x',
    'COPY $UNKNOWN /x',
    'COPY ${NAME%.txt} /x',
    'COPY miss\\*ing /x',
    'COPY [z-a] /x',
    'COPY [] /x',
    'RUN --mount=source=$MISSING,target=/x true',
    'ARG BUILDARCH\nCOPY bin-$BUILDARCH /x',
  ])('%s', async (line) => {
    expect(await findings(line)).toEqual([]);
  });
});

describe('patterns that match nothing', () => {
  test('are doubtful only where nothing else is copied', async () => {
    expect(await findings('COPY *.conf /x/')).toEqual(['Dockerfile:2:6 unmatched-source']);
    expect(await findings('COPY src/*.md a*/b /x/')).toEqual(['Dockerfile:2:6 missing-source!']);
    expect(await findings('COPY src/[!b].txt /x/')).toEqual(['Dockerfile:2:6 missing-source!']);
    expect(await findings('COPY package.json yarn.lock* .npmrc? /x/')).toEqual([]);
    // Patterns of a single file: how one writes that it is optional.
    expect(await findings('COPY tnsnames.or[a] /x/')).toEqual([]);
    expect(await findings('COPY tnsnames.ora* zz.[y]ml /x/')).toEqual([]);
    // BuildKit looks for the folder too, and was sent nothing of it.
    expect(await findings('COPY src/zz.[y]ml /x/')).toEqual(['Dockerfile:2:6 missing-source!']);
    expect(await findings('COPY package.json/* /x/')).toEqual(['Dockerfile:2:6 missing-source!']);
    const [told] = await complaints({
      'ensure.yaml': 'images: { app: { build: { files: nothing } } }\n',
      Dockerfile: 'FROM scratch\nCOPY *.conf *.ini /etc/\n',
    });
    expect(told).toBe(
      'Dockerfile:2:6 warning unmatched-source: `COPY` asks for `*.conf`, which matches none of the files that the build sees (`files: nothing` hides every file: name those it needs with `files: { only: […] }`)',
    );
  });
});

describe('variables', () => {
  test.each([
    ['ARG FROM_ARG=missing', 'COPY $FROM_ARG /x', '3:6'],
    ['ENV FROM_ENV=missing', 'COPY ${FROM_ENV}/y /x', '3:6'],
    ['ARG ONE=miss TWO="ing"', 'COPY ${ONE}${TWO} /x', '3:6'],
    ['ARG GIVEN=src', 'COPY $GIVEN /x', '3:6'],
  ])('%s: %s', async (declaration, copy, place) => {
    const dockerfile = `FROM scratch\n${declaration}\n${copy}\n`;
    const build = '{ build_args: { GIVEN: nowhere } }';
    const found = await codes(dockerfile, { build, files: TREE });
    expect(found.filter((line) => !line.includes('argument'))).toEqual([
      `Dockerfile:${place} missing-source!`,
    ]);
  });

  test('of a base image may have any value', async () => {
    const found = await complaints({
      'ensure.yaml': 'images:\n  app: { build: {} }\n',
      Dockerfile:
        'FROM busybox\nARG DIR=nowhere\nCOPY $DIR/x /x\nCOPY $HOME/x /x\nENV SURE=nowhere\nCOPY $SURE /y\n',
      'src/x': '',
    });
    expect(found).toEqual([
      'Dockerfile:3:6 warning missing-source: `COPY` asks for `nowhere/x`, which is not among the files that the build sees, unless the base image sets the variable in it (is it misspelt, excluded by the ignore file, or a folder without files?)',
      'Dockerfile:6:6 error missing-source: `COPY` asks for `nowhere`, which is not among the files that the build sees (is it misspelt, excluded by the ignore file, or a folder without files?)',
    ]);
  });

  test('go over to the stages that begin with a stage', async () => {
    const dockerfile = `ARG GLOBAL=nowhere
FROM scratch AS one
ARG INNER=missing
ENV OUTER=src
FROM one
COPY $INNER /x
COPY $OUTER /y
COPY \${GLOBAL:-src} /z
ARG GLOBAL
COPY $GLOBAL /z
`;
    expect(await codes(dockerfile, { files: TREE })).toEqual([
      'Dockerfile:6:6 missing-source!',
      'Dockerfile:10:6 missing-source!',
    ]);
  });
});

describe('stages', () => {
  const copies = 'COPY missing /x\n';

  test.each([
    ['that nothing needs are not built', `FROM scratch AS one\n${copies}FROM scratch\n`, []],
    [
      'that another one begins with',
      `FROM scratch AS one\n${copies}FROM one\n`,
      ['Dockerfile:2:6 missing-source!'],
    ],
    [
      'that another one copies from',
      `FROM scratch AS One\n${copies}FROM scratch\nCOPY --from=one /x /x\n`,
      ['Dockerfile:2:6 missing-source!'],
    ],
    [
      'that another one copies from by number',
      `FROM scratch\n${copies}FROM scratch\nCOPY --from=0 /x /x\n`,
      ['Dockerfile:2:6 missing-source!'],
    ],
    [
      'that another one mounts',
      `FROM scratch AS one\n${copies}FROM busybox\nRUN --mount=from=one,target=/x true\n`,
      ['Dockerfile:2:6 missing-source!'],
    ],
    [
      'by an argument',
      `ARG WHICH=one\nFROM scratch AS one\n${copies}FROM $WHICH\n`,
      ['Dockerfile:3:6 missing-source!'],
    ],
    [
      'behind the one that is built',
      `FROM scratch AS one\nFROM scratch AS two\n${copies}`,
      [],
      '{ target: one }',
    ],
    [
      'of which the target is one',
      `FROM scratch AS one\n${copies}FROM scratch\n`,
      ['Dockerfile:2:6 missing-source!'],
      '{ target: ONE }',
    ],
    [
      'in whose place an additional context is taken',
      `FROM scratch AS one\n${copies}FROM scratch\nCOPY --from=one a.txt /\n`,
      [],
      '{ additional_contexts: { one: src } }',
    ],
  ])('%s', async (_, dockerfile, expected, build = '{}') => {
    expect(await codes(dockerfile, { build, files: TREE })).toEqual(expected);
  });
});

describe('additional contexts', () => {
  test('have files of their own', async () => {
    const found = await complaints({
      'ensure.yaml':
        'images:\n  app:\n    build:\n      files: nothing\n      additional_contexts: { shared: lib, image: docker-image://busybox }\n',
      Dockerfile:
        'FROM scratch\nCOPY --from=shared x /\nCOPY --from=shared y /\nCOPY --from=image y /\nRUN --mount=from=shared,source=z,target=/z true\n',
      'lib/x': '',
      y: '',
    });
    expect(found).toEqual([
      'Dockerfile:3:20 error missing-source: `COPY` asks for `y`, which is not among the files of the additional context `shared` (is it misspelt, excluded by the ignore file, or a folder without files?)',
      'Dockerfile:5:5 error missing-source: `RUN --mount` asks for `z`, which is not among the files of the additional context `shared` (is it misspelt, excluded by the ignore file, or a folder without files?)',
    ]);
  });
});

describe('the advice says what selects the files', () => {
  const MESSAGE =
    'Dockerfile:2:6 error missing-source: `COPY` asks for `missing`, which is not among the files that the build sees';

  test.each([
    ['docker', '{}', 'is it misspelt, excluded by the ignore file, or a folder without files?'],
    ['all', '{ files: all }', 'is it misspelt, or a folder without files?'],
    [
      'nothing',
      '{ files: nothing }',
      '`files: nothing` hides every file: name those it needs with `files: { only: […] }`',
    ],
    [
      'patterns',
      '{ files: { only: [src] } }',
      'let `files` select it; or is it misspelt, or a folder without files?',
    ],
  ])('%s', async (_, build, advice) => {
    const found = await complaints({
      ...TREE,
      'ensure.yaml': `images:\n  app: { build: ${build} }\n`,
      Dockerfile: 'FROM scratch\nCOPY missing /\n',
    });
    expect(found).toEqual([`${MESSAGE} (${advice})`]);
  });

  test('or names what may have been meant', async () => {
    const dockerfile = 'FROM scratch\nCOPY pakage.json a.txt src/deep/c.txt dep /\n';
    const found = await complaints({
      ...TREE,
      'ensure.yaml': 'images: { app: { build: {} } }\n',
      Dockerfile: dockerfile,
    });
    expect(
      found.map((line) => line.replace(/.*asks for (.*), which.*\((.*)\)$/, '$1: $2')),
    ).toEqual([
      '`pakage.json`: did you mean `package.json`?',
      '`a.txt`: did you mean `src/a.txt`?',
      '`src/deep/c.txt`: did you mean `src/deep/b.txt`?',
      '`dep`: is it misspelt, excluded by the ignore file, or a folder without files?',
    ]);
  });

  test('a folder without files is none', async () => {
    const found = await codes('FROM scratch\nCOPY logs /logs\n', { files: { 'logs/': '' } });
    expect(found).toEqual(['Dockerfile:2:6 missing-source!']);
  });

  test('what the ignore file excludes is not there', async () => {
    const files = { '.dockerignore': '*.txt\n!b.txt\n', 'a.txt': '', 'b.txt': '' };
    const found = await codes('FROM scratch\nCOPY a.txt b.txt /\n', { files });
    expect(found).toEqual(['Dockerfile:2:6 missing-source!']);
  });
});
