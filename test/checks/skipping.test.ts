import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import schema from '../../schema/ensure.schema.json' with { type: 'json' };
import { complaints as manifestComplaints } from '../manifest/reading.ts';
import { codes, complaints, findingsOf } from './checking.ts';

/** A project that each check has something to say about; the checks of one image can be skipped. */
const files = (skipped: string) => ({
  'ensure.yaml': `defaults: { build: { files: nothing } }
images:
  base: { name: team/base, build: { dockerfile_inline: FROM scratch } }
  tool: { build: { dockerfile_inline: FROM scratch } }
  app:
    tags: [latest]
    with_hash: true
    skip_checks: [${skipped}]
    build:
      files: { only: [.git, "*.nothing", a.txt] }
      parents: [tool, base]
      build_args: { UNKNOWN: x }
      unhashed_build_args: { LOOSE: x, TOKEN: x }
`,
  Dockerfile: `FROM base AS one
FROM app AS two
FROM scratch
ARG LOOSE TOKEN
ENV LOOSE=$LOOSE
COPY <<E /e
1
E
COPY <<E /e
2
E
COPY *.conf /x
COPY missing /x
COPY --from=one / /
COPY --from=two / /
RUN apk add curl
`,
  '.git/HEAD': 'x',
  'a.txt': '',
});

const ALL = [
  'credential-argument',
  'fetch-without-interval',
  'git-in-files',
  'misnamed-parent',
  'missing-source',
  'overwritten-heredoc',
  'own-base',
  'unhashed-content',
  'unknown-argument',
  'unmatched-pattern',
  'unmatched-source',
  'unused-parent',
];

const codesOf = async (skipped: string) =>
  (await findingsOf(files(skipped), ['app'])).map(({ code }) => code).sort();

describe('skip_checks', () => {
  test('leaves a check out for an image, and no other', async () => {
    expect(await codesOf('')).toEqual(ALL);
    for (const code of ALL) {
      expect(await codesOf(code)).toEqual(ALL.filter((other) => other !== code));
    }
    expect(await codesOf(ALL.join(', '))).toEqual([]);
  });

  test('of `defaults` goes for all images that have none of their own', async () => {
    const found = await findingsOf({
      'ensure.yaml': `defaults: { skip_checks: [unknown-argument] }
images:
  one: { build: { dockerfile_inline: FROM scratch, build_args: { A: x } } }
  two: { build: { dockerfile_inline: FROM scratch, build_args: { A: x } }, skip_checks: [] }
`,
    });
    expect(found.map(({ image }) => image)).toEqual(['two']);
  });

  test('takes the names of checks only', () => {
    const text = 'images:\n  app: { skip_checks: [git-in-file, 3, stage-hides-parent] }\n';
    expect(manifestComplaints(text)).toEqual([
      '2:24 no check is called `git-in-file` (did you mean `git-in-files`?)',
      expect.stringMatching(
        /^2:37 no check is called `3` \(the checks are `credential-argument`, /,
      ),
      expect.stringMatching(/^2:40 no check is called `stage-hides-parent` \(/),
    ]);
  });

  test('names what docs/warnings.md describes', async () => {
    const page = await readFile(new URL('../../docs/warnings.md', import.meta.url), 'utf8');
    const described = [...page.matchAll(/^## (.*)$/gm)].map(([, name]) => name);
    const listed = [...page.matchAll(/^\| \[`(.*?)`\]\(#(.*?)\)/gm)].flatMap(
      ([, ...names]) => names,
    );
    expect(described).toEqual(schema.definitions.check.enum);
    expect(listed).toEqual(described.flatMap((name) => [name, name]));
  });

  test('knows every check', () => {
    const known = schema.definitions.check.enum;
    expect(known).toEqual([...known].sort());
    expect(known).toEqual(
      [...ALL, 'idle-interval', 'output-in-files', 'special-file', 'unknown-target'].sort(),
    );
  });
});

describe('every finding has a place', () => {
  test('even where the manifest has no key for it', async () => {
    const found = await complaints({
      'ensure.yaml': 'images:\n  app:\n    build: {}\n',
      Dockerfile: 'FROM scratch\nCOPY . /\n',
      '.git/HEAD': 'x',
    });
    expect(found).toEqual([
      'ensure.yaml:2:3 warning git-in-files: the build sees .git/HEAD: every commit makes another image (Add `.git` to the ignore file, or `.git` to `all_but`.)',
    ]);
  });

  test('in an inline Dockerfile', async () => {
    const found = await codes('', {
      build: '{ dockerfile_inline: "FROM scratch\\nCOPY missing /\\n" }',
    });
    expect(found).toEqual(['ensure.yaml (dockerfile_inline of app):2:6 missing-source!']);
  });
});

describe('an image with a Dockerfile of another', () => {
  test('has its findings once', async () => {
    const found = await complaints({
      'ensure.yaml':
        'defaults: { with_hash: true, build: { build_args: { A: 1 } } }\nimages:\n  one: { build: {} }\n  two: { build: { target: two } }\n',
      Dockerfile: 'FROM busybox AS two\nRUN apk add x\n',
    });
    expect(found.map((line) => line.replace(/: there is.*|: `apk`.*/, ''))).toEqual([
      'ensure.yaml:1:53 warning unknown-argument',
      'Dockerfile:2:5 warning fetch-without-interval',
    ]);
  });
});

describe('a target', () => {
  const target = (name: string, dockerfile = 'FROM scratch AS build\nFROM build AS prod\n') =>
    complaints({
      'ensure.yaml': `images:\n  app: { build: { target: ${name} } }\n`,
      Dockerfile: dockerfile,
    });

  test('that is a stage', async () => {
    expect(await target('build')).toEqual([]);
    expect(await target('PROD')).toEqual([]);
  });

  test('that is none', async () => {
    expect(await target('prd')).toEqual([
      'ensure.yaml:2:27 error unknown-target: no stage of Dockerfile is called `prd` (did you mean `prod`?)',
    ]);
    expect(await target('0')).toEqual([
      'ensure.yaml:2:27 error unknown-target: no stage of Dockerfile is called `0` (its stages are build, prod)',
    ]);
    expect(await target('other', 'FROM scratch\n')).toEqual([
      'ensure.yaml:2:27 error unknown-target: no stage of Dockerfile is called `other` (no stage has a name)',
    ]);
  });
});
