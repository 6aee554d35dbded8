import { expect, test } from 'vitest';
import { completeManifest } from '../../src/inputs/find-parents.ts';
import { resolveImages } from '../../src/inputs/resolve.ts';
import { loadManifest } from '../../src/manifest/load.ts';
import { wholeContexts } from '../../src/report/whole-contexts.ts';
import { temporaryTree } from '../rig/temporary-tree.ts';

const FILES = ['a.txt', 'b.txt', 'src/c', 'src/d', '$odd'];

/** What a Dockerfile takes of the context, or why all of it. */
async function taken(dockerfile: string, build = 'files: copied', more = {}): Promise<unknown> {
  const root = await temporaryTree({
    'ensure.yaml': `images:\n  app: { build: { ${build} } }\n  base: { build: { dockerfile: base.Dockerfile, files: copied } }\n`,
    Dockerfile: dockerfile,
    'base.Dockerfile': 'FROM scratch\nONBUILD COPY b.txt /\n',
    '.dockerignore': '*Dockerfile\n.dockerignore\nconf\n',
    'conf/x': '',
    'conf/y': '',
    ...Object.fromEntries(FILES.map((file) => [file, file])),
    ...more,
  });
  const loaded = await loadManifest({ cwd: root, file: null, envFiles: [], env: {} });
  if (loaded.manifest === null) throw new Error('a bad manifest');
  const conditions = { now: 0, platform: 'linux/amd64' };
  const { manifest, graph } = await completeManifest(loaded.manifest, conditions);
  if (graph === null) throw new Error('a circle');
  const { images, diagnostics } = await resolveImages(manifest, graph, ['app'], conditions);
  const app = images.get('app');
  if (app?.build === null || app === undefined) return diagnostics.map(({ message }) => message);
  const [note] = wholeContexts([app]);
  if (note !== undefined) return note.replaceAll(`${root}/`, '');
  const folders = [
    app.build.files,
    ...[...app.build.additionalContexts.values()].flatMap((context) =>
      context.kind === 'folder' ? [context.files] : [],
    ),
  ];
  return folders.map(({ list }) => [...list.entries.keys()].join(' ')).join(' | ');
}

const scratch = 'FROM scratch\n';

test.each<[string, string]>([
  ['COPY a.txt /', 'a.txt'],
  ['COPY *.txt src /', 'a.txt b.txt src/c src/d'],
  ['COPY <<x /y\nCOPY a.txt /\nx', ''],
  ['COPY --parents src/*/c /', ''],
  ['COPY --parents src/** /', 'src/c src/d'],
  ['COPY --parents ./src/./c /', 'src/c'],
  ['COPY --exclude=c src /', 'src/c src/d'],
  ['ADD https://host/x b.txt /', 'b.txt'],
  ['ARG x=a\nENV y=$x.txt\nCOPY $y /', 'a.txt'],
  ['ARG x\nCOPY ${x:-b}.txt /', 'b.txt'],
  ['RUN --mount=type=bind,source=src/d,target=/d x', 'src/d'],
  ['RUN --mount=src=a.txt,target=/d --mount=type=cache,target=/c x', 'a.txt'],
  ['ARG odd=b.txt\nRUN --mount=type=bind,source=$odd,target=/d x', '$odd b.txt'],
  ['COPY --from=other a.txt /', ''],
  ['FROM scratch AS unused\nCOPY . /\nFROM scratch\nCOPY src/c /', 'src/c'],
  ['COPY a.txt /\nONBUILD COPY b.txt /', 'a.txt'],
  ['COPY . /', 'COPY` takes all of it (Dockerfile:2:6)'],
  ['COPY /x/../ /', 'COPY` takes all of it (Dockerfile:2:6)'],
  ['COPY * /', 'COPY` takes all of it (Dockerfile:2:6)'],
  ['COPY --parents **/c /', 'COPY` takes all of it (Dockerfile:2:16)'],
  ['RUN --mount=target=/x x', 'RUN --mount` takes all of it (Dockerfile:2:5)'],
  [
    'ARG BUILDARCH\nCOPY $BUILDARCH /',
    'COPY` has a source with a variable that only docker knows (Dockerfile:3:6)',
  ],
])('%j takes %s', async (line, expected) => {
  const found = await taken(`${line.startsWith('FROM') ? '' : scratch}${line}\n`);
  expect(found).toBe(
    expected.includes('`')
      ? `note: the whole build context of \`app\` is hashed: \`${expected}`
      : expected,
  );
});

const whole = 'note: the whole build context of `app` is hashed: ';

test.each<[string, string, string]>([
  ['FROM python:3\nCOPY a.txt /', '', 'a.txt'],
  [
    'FROM python:3-onbuild\nCOPY a.txt /',
    '',
    `${whole}the ONBUILDs of python:3-onbuild may copy any file (Dockerfile:1:1)`,
  ],
  ['FROM base\nCOPY a.txt /', 'parents: [base]', 'a.txt b.txt'],
  ['FROM scratch AS a\nONBUILD COPY src /\nFROM a\n', '', 'src/c src/d'],
  [
    '# syntax=me/mine\nFROM scratch\n',
    '',
    `${whole}the frontend me/mine reads the Dockerfile, nobody else`,
  ],
  ['FROM scratch\nCOPY --from=conf x /\n', 'additional_contexts: { conf: conf }', ' | x'],
  ['FROM scratch\n', 'additional_contexts: { conf: conf }', ' | '],
  [
    'FROM scratch\n',
    'additional_contexts: { conf: { directory: conf, files: { all_but: [x] } } }',
    ' | y',
  ],
  ['FROM conf\n', 'additional_contexts: { conf: { directory: conf, files: all } }', ' | x y'],
  [
    'FROM conf\nCOPY a.txt /\n',
    'additional_contexts: { conf: "oci-layout://x@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }',
    `${whole}the ONBUILDs of conf may copy any file (Dockerfile:1:1)`,
  ],
  ['FROM conf\nCOPY a.txt /\n', 'additional_contexts: { conf: "docker-image://x" }', 'a.txt'],
])('%j with %s takes %s', async (dockerfile, more, expected) => {
  expect(await taken(dockerfile, ['files: copied', more].filter(Boolean).join(', '))).toBe(
    expected,
  );
});
