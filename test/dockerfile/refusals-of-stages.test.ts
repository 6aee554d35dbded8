import { describe, expect, test } from 'vitest';
import { readDockerfile } from '../../src/dockerfile/read.ts';
import { stageMistakes } from '../../src/dockerfile/refusals-of-stages.ts';

function messages(text: string, built = (index: number) => index >= 0) {
  const { stages: all, mistakes } = readDockerfile({ path: 'D', text }, new Map(), ['linux/amd64']);
  expect(mistakes).toEqual([]);
  const found = stageMistakes({
    all,
    built: all.filter((_, index) => built(index)),
    isReplaced: ({ name }) => name === 'replaced',
  });
  return found.map(({ message }) => message);
}

/** Each was given to BuildKit 0.13, which refused it, unless a newer version alone takes it. */
describe('docker refuses a mount with', () => {
  test.each([
    ['type=bnd,target=/x', '`type` of a `--mount` cannot be `bnd`'],
    ['target=/x,foo=bar', '`--mount` has no option `foo`'],
    ['target=/x,size=1', '`size` cannot be set for a mount of the type `bind`'],
    ['type=cache,target=/x,sharing=no', '`sharing` of a `--mount` cannot be `no`'],
    ['target=/x,required', '`required` cannot be set for a mount of the type `bind`'],
    ['required,type=secret,id=a', '`required` cannot be set for a mount of the type `bind`'],
    ['type=secret', 'the secret is not named'],
    ['type=secret,id=a,src=b', 'a secret has `id` or `source`, not both'],
    ['type=secret,id=a,mode=9', '`mode` of a `--mount` cannot be `9`'],
    ['type=secret,id=a,mode=0400,uid=-1', '`uid` of a `--mount` cannot be `-1`'],
    ['target=/x,mode=0400', '`mode` cannot be set for a mount of the type `bind`'],
    ['target=/x,sharing=locked', '`sharing` cannot be set for a mount of the type `bind`'],
    ['target', '`target` in `--mount` has no value'],
    ['target=/x,ro=maybe', '`ro` of a `--mount` cannot be `maybe`'],
    ['type=secret,id=x,required=maybe', '`required` of a `--mount` cannot be `maybe`'],
    ['type=ssh,size=1', '`size` cannot be set for a mount of the type `ssh`'],
    ['type=cache,id=a', 'the mount has no `target`'],
    ['type=bind,source=/x', 'the mount has no `target`'],
    ['from=Foo,target=/x', '`Foo` is no name of an image'],
  ])('%s', (options, expected) => {
    expect(messages(`FROM a\nRUN --mount=${options} true\n`)).toEqual([expected]);
  });
});

describe('docker takes a mount with', () => {
  test.each([
    'type=tmpfs,target=/x,size=1m',
    'type=cache,target=/x,sharing=Locked',
    'type=ssh',
    'type=BIND,target=/x',
    'target=/x,rw=T',
    'TARGET=/x,readonly',
    'type=secret,id=x,env=Y',
    'type=secret,id=x,required,mode=0400,uid=0,gid=7',
    // Its values are known in the build only.
    'type=$T,size=1,target=/x',
    'type=cache,sharing=${S},target=/x',
  ])('%s', (options) => {
    expect(messages(`ARG A\nFROM a\nRUN --mount=${options} true\n`)).toEqual([]);
  });

  test('any option in a stage that it leaves out, or for later', () => {
    const lost = 'FROM a\nRUN --mount=type=bnd true\nFROM b\n';
    expect(messages(lost, (index) => index === 1)).toEqual([]);
    expect(messages('FROM a\nONBUILD RUN --mount=type=bnd true\n')).toEqual([]);
  });
});

const EMPTY = 'nothing gives its variables a value';

describe('docker refuses', () => {
  test.each([
    ['FROM --platform=foo a\n', '`foo` is no platform'],
    ['FROM --platform=linux/ a\n', '`linux/` is no platform'],
    ['FROM --platform=a/b/c/d a\n', '`a/b/c/d` is no platform'],
    ['FROM --platform=linux/amd64,linux/arm64 a\n', '`linux/amd64,linux/arm64` is no platform'],
    ['FROM --platform=a*b/c a\n', '`a*b/c` is no platform'],
    ['FROM --platform=$X a\n', `\`--platform=$X\` is empty: ${EMPTY}`],
    ['FROM --platform=$TARGETOS/$X a\n', '`linux/` is no platform'],
    ['FROM $X\n', `\`FROM $X\` names no image: ${EMPTY}`],
    ['FROM Foo\n', '`Foo` is no name of an image'],
    ['ARG V\nFROM a:$V\n', '`a:` is no name of an image'],
    [
      'FROM a\nCOPY --from=9 / /\n',
      '`--from=9` means a stage that is not there: the first one is 0, the last one 0',
    ],
    ['FROM a\nCOPY --from=0 / /\n', '`--from=0` means the stage that it is part of'],
    ['FROM a AS u\nCOPY --from=U / /\n', '`--from=U` means the stage that it is part of'],
    [
      'FROM a\nCOPY --from=$X / /\n',
      'docker replaces no variables, and takes no quotes, in `--from=$X`',
    ],
    ['FROM a\nCOPY --from=Foo / /\n', '`Foo` is no name of an image'],
  ])('%j, built or not', (text, expected) => {
    expect(messages(text)).toEqual([expected]);
    expect(messages(`${text}FROM scratch\n`, (index) => index === 1)).toHaveLength(1);
  });

  test.each([
    ...['linux', 'amd64', 'arm', 'riscv', 'wasm', 'LINUX/AMD64', 'linux/foo', 'all/local', ''].map(
      (platform) => `FROM --platform=${platform} a\n`,
    ),
    'FROM --platform=windows(10.0.17763)/amd64 a\n',
    'FROM --platform=$BUILDPLATFORM a\n',
    'FROM a@sha256:0000000000000000000000000000000000000000000000000000000000000000\n',
    'FROM localhost:5000/a:1\n',
    'FROM Foo AS replaced\n',
    'FROM a AS u\nCOPY --from=1 / /\nFROM a AS v\n',
    'FROM a\nFROM a\nCOPY --from=+0 / /\n',
    'FROM a\nCOPY --from=1.0 / /\n',
    'FROM a\nCOPY --from=99999999999999999999 / /\n',
    'FROM a AS b\nFROM b\nCOPY --from=B / /\n',
  ])('not %j', (text) => {
    expect(messages(text)).toEqual([]);
  });
});

/** Each was given to BuildKit 0.12, which refused it. */
describe('docker refuses a word that opens what nothing closes', () => {
  const inStage = (line: string) =>
    messages(`FROM a\n${line}\n`).map((message) => message.replace('nothing closes the ', ''));

  test.each([
    ['COPY a "/x y/"', '`"` in `"/x`'],
    ['COPY ["it\'s", "/x"]', "`'` in `it's`"],
    ["ADD a /it's", "`'` in `/it's`"],
    ["ENV A it's", "`'` in `it's`"],
    ["ENV A=b C='x", "`'` in `'x`"],
    ['LABEL A=it\'s B="c"', '`\'` in `it\'s B="c"`'],
    ['LABEL "a=b', '`"` in `"a`'],
    ['ARG A="x', '`"` in `"x`'],
    ['WORKDIR /a b"c', '`"` in `/a b"c`'],
    ["USER it's", "`'` in `it's`"],
    ["EXPOSE 1 80'", "`'` in `80'`"],
    ['VOLUME ["/it\'s"]', "`'` in `/it's`"],
    ["STOPSIGNAL SIG'", "`'` in `SIG'`"],
    ['ENV A=${B', '`${` in `${B`'],
    ['ENV A=${B:-${C}', '`${` in `${B:-${C}`'],
    ['WORKDIR ${B:', '`${` in `${B:`'],
    ['ENV A=\\\\\\\\"x', '`"` in `\\\\\\\\"x`'],
    ['ENV A="${B:-"x}"', '`${` in `"${B:-"x}"`'],
  ])('%s', (line, expected) => {
    expect(inStage(line)).toEqual([expected]);
  });

  test.each(['FROM "a\n', "FROM a'\nFROM scratch\n"])('in any FROM: %j', (text) => {
    expect(messages(text, () => false)).toHaveLength(1);
  });
});

describe('docker takes', () => {
  test.each([
    'ENV A="x\\\\" B=\'x\\\\\'',
    'ENV A=b\\\'c\nENV D "it\'s"\nLABEL E="it\'s"',
    "MAINTAINER it's me",
    "RUN echo it's \"\nCMD it's\nHEALTHCHECK CMD it's",
    'ONBUILD WORKDIR /it\'s\nSHELL ["/bin/it\'s"]',
    'COPY <<E /x\nit\'s "\nE',
    'COPY ["a b", "/it\\\\\'s"]',
    'ENV A="${B:-"c-d"}" C=${D:-\'}\'}',
  ])('%j', (lines) => {
    expect(messages(`FROM a\n${lines}\n`)).toEqual([]);
  });

  test('anything in a stage that it leaves out, and in an ARG before the first FROM', () => {
    expect(messages("ARG A=it's\nFROM a\nENV A=it's\nFROM b\n", (index) => index === 1)).toEqual(
      [],
    );
  });

  test('a quote that only its escape character takes for one', () => {
    expect(messages("# escape=`\nFROM a\nWORKDIR C:\\it`'s\n")).toEqual([]);
  });
});
