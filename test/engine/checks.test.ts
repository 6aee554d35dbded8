import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { fates, test } from '../rig/engine-test.ts';
import { onThisStore } from '../rig/one-store.ts';

/** The files of the build context. `link` leads to `src`, `lost` nowhere. */
const TREE = {
  'package.json': '{}',
  'src/a.txt': 'a',
  'src/deep/b.txt': 'b',
  'a b': 'blank',
  'lib/x': 'x',
  'odd/[name].txt': 'i',
  'odd/{name}': 'n',
  '!not': 'e',
  'odd/#no$comment?': 'o',
};

interface Case {
  /** All behind the first `FROM scratch`, if it has no FROM of its own. */
  readonly dockerfile: string;
  /** Keys beneath `build`. */
  readonly build?: string;
}

/** What docker builds, and what we therefore must not object to. */
const SOUND: readonly (string | Case)[] = [
  'COPY package.json /',
  'COPY ./package.json ../src /package.json/ /x/',
  'COPY src/./deep/../a.txt /x',
  'COPY . /x',
  'COPY .//src///deep/. src/deep/* link/a.txt /x/',
  'COPY odd/[[]name].txt odd/{name} odd/#no\\$comment? "odd" /x/',
  'COPY ["odd/[[]name].txt", "odd/\\\\[name\\\\].txt", "/x/"]',
  'COPY . /y\nCOPY odd/*.{txt,md} src/**/b.txt /x/',
  'COPY --link=true --chmod=0640 --chown=1:2 src /x/',
  'COPY "" /x',
  'COPY ["a b", "package.json", "/x/"]',
  'COPY "package.json" pack\\\nage.json /x/',
  'COPY package.json \\\n  # a comment\n\n  src \\\n  /x/',
  'COPY *.json src/?.txt src/[a-c].t[^y]t */deep /x/',
  '  COPY ["package.json", "/x y/"]\n\tADD\t--chmod=755\tpackage.json\t/y\nCOPY [ "src", "/x/" ]',
  "COPY $UNSET/package.json ${UNSET:+no}package.json ${UNSET:-src} 'package.json' /x/",
  'COPY --chmod=u+x package.json /x\nADD --keep-git-dir=true package.json /y',
  'COPY *.none /x/',
  'COPY . /y\nCOPY src/*.none src/[!b].none /x/',
  'COPY package.json yarn.lock* /x/',
  'COPY <<EOF /x\nCOPY missing /x\nEOF',
  'ONBUILD COPY missing /x',
  'FROM scratch AS unused\nCOPY missing /x\nFROM scratch\nCOPY src /x',
  'FROM scratch AS used\nCOPY src /x\nFROM scratch\nCOPY --from=USED /x /missing',
  {
    dockerfile: 'FROM scratch AS one\nCOPY src /x\nFROM scratch\nCOPY missing /x',
    build: 'target: ONE',
  },
  {
    dockerfile: 'FROM scratch AS lib\nCOPY missing /x\nFROM scratch\nCOPY --from=lib x /x',
    build: 'additional_contexts: { lib: lib }',
  },
  'ARG DIR=src\nCOPY $DIR/a.txt /x',
  'ENV DIR=src\nCOPY ${DIR}/a.txt /x',
  'ARG DIR\nCOPY ${DIR:-src} /x',
  'FROM scratch AS one\nARG DIR=src\nFROM one\nCOPY $DIR/a.txt /x',
  { dockerfile: 'ARG DIR=missing\nCOPY $DIR /x', build: 'build_args: { DIR: src }' },
  'FROM docker-ensure-seed:1\nRUN --mount=type=bind,source=src,target=/y cat /y/a.txt',
  'FROM docker-ensure-seed:1\nRUN --mount=target=/y cat /y/package.json',
  { dockerfile: 'COPY --from=lib x /x', build: 'additional_contexts: { lib: lib }' },
  { dockerfile: 'COPY src/a.txt /x', build: 'files: { only: [src] }' },
];

/** What docker fails to build, as we say beforehand. */
const FAILING: readonly (string | Case)[] = [
  'COPY missing /x',
  'copy package.json missing /x/',
  'COPY a\\ b /x/',
  'COPY Package.json /x',
  'COPY package.json/x /x',
  'COPY ["src/a.txt", "missing", "/x/"]',
  'COPY --link missing /x',
  'COPY package.json \\\n  # a comment\n\n  missing \\\n  /x/',
  'COPY "missing" /x',
  'ADD missing /x',
  'COPY missing/* /x/',
  'COPY . /y\nCOPY missing/a?c/x.txt /x/',
  'COPY missing <<EOF /x/\nhi\nEOF',
  'FROM scratch AS one\nCOPY missing /x\nFROM one',
  'FROM scratch AS one\nCOPY missing /x\nFROM scratch\nCOPY --from=0 /x /x',
  'ARG WHICH=one\nFROM scratch AS one\nCOPY missing /x\nFROM $WHICH\nCOPY src /y',
  'FROM scratch AS one\nCOPY missing /x\nFROM docker-ensure-seed:1\nRUN --mount=from=one,target=/y true',
  'ARG DIR=missing\nCOPY $DIR /x',
  'ENV DIR=missing\nCOPY ${DIR} /x',
  'ARG DIR=missing\nFROM scratch\nARG DIR\nCOPY $DIR /x',
  { dockerfile: 'ARG DIR=src\nCOPY $DIR /x', build: 'build_args: { DIR: missing }' },
  'FROM docker-ensure-seed:1\nRUN --mount=type=bind,source=missing,target=/y true',
  'FROM docker-ensure-seed:1\nRUN --mount=source=src/*.txt,target=/y true',
  { dockerfile: 'COPY --from=lib package.json /x', build: 'additional_contexts: { lib: lib }' },
  { dockerfile: 'COPY package.json /x', build: 'files: { only: [src] }' },
  { dockerfile: 'COPY src /x', build: 'files: nothing' },
  { dockerfile: 'COPY src /x', build: 'target: missing' },
];

/** What docker fails to build too, but where we cannot be sure of it: no word from us. */
const UNTOLD: readonly (string | Case)[] = [
  'COPY link/missing /x',
  'COPY lost /x',
  'COPY !not /x',
  'COPY lost* /x/',
  'COPY [z-a] /x',
];

function manifest(scope: string, cases: readonly (string | Case)[], skip: string): string {
  const images = cases.map((each, index) => {
    const { dockerfile, build = 'no_cache: false' } =
      typeof each === 'string' ? { dockerfile: each } : each;
    const whole = /^(ARG.*\n)?FROM /.test(dockerfile) ? dockerfile : `FROM scratch\n${dockerfile}`;
    const inline = JSON.stringify(whole.replaceAll('$', '$$$$'));
    return `  case-${index}: { name: ${scope}/${index}, build: { dockerfile_inline: ${inline}, ${build} } }`;
  });
  return `defaults: { skip_checks: [${skip}] }\nimages:\n${images.join('\n')}\n`;
}

describe('a source is missing exactly where docker does not find it', () => {
  test.for([
    ['sound', SOUND, false, 'done'],
    ['failing', FAILING, true, 'failed'],
    ['untold', UNTOLD, false, 'failed'],
  ] as const)('%s', async ([, table, told, outcome], { project, scope }) => {
    const cases = onThisStore<string | Case>(table);
    const { run, up, write, folder } = await project({
      ...TREE,
      'ensure.yaml': manifest(scope, cases, ''),
    });
    await symlink('src', join(folder, 'link'));
    await symlink('nowhere', join(folder, 'lost'));

    const { stderr } = await run(['validate']);
    const blamed = cases.map((_, index) =>
      new RegExp(
        `error: .*\\n {2}at ensure\\.yaml( \\(dockerfile_inline of case-${index}\\)|:${index + 3}):`,
      ).test(stderr),
    );
    expect(blamed, stderr).toEqual(cases.map(() => told));

    // One that fails calls the others off, so that each of them is built by itself.
    const fails = outcome === 'failed';
    await write({ 'ensure.yaml': manifest(scope, cases, 'missing-source, unknown-target') });
    const built = fates(await up(['--keep-going', ...(fails ? ['--jobs', '1'] : [])]));
    expect(built).toEqual(
      Object.fromEntries(cases.map((_, at) => [`case-${at}`, fails ? 'failed' : 'build'])),
    );
  });
});
