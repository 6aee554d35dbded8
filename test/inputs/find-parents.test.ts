import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { completeManifest } from '../../src/inputs/find-parents.ts';
import { resolveImages } from '../../src/inputs/resolve.ts';
import { loadManifest } from '../../src/manifest/load.ts';
import { formatPlace } from '../../src/model/source.ts';
import { complaint } from '../manifest/reading.ts';
import { temporaryTree } from '../rig/temporary-tree.ts';

const CONDITIONS = { now: 0, platform: 'linux/amd64' };

async function complete(files: Readonly<Record<string, string>>) {
  const cwd = await temporaryTree(files);
  const { manifest, diagnostics } = await loadManifest({ cwd, file: null, envFiles: [], env: {} });
  expect(diagnostics).toEqual([]);
  return completeManifest(manifest!, CONDITIONS);
}

/** The parents of `app`, each as `key`, or as `key place instruction` where it was found. */
async function parentsOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  const { manifest, diagnostics } = await complete(files);
  expect(diagnostics).toEqual([]);
  return (manifest.images.get('app')?.build?.parents ?? []).map(({ key, place, foundIn }) =>
    foundIn === undefined ? key : `${key} ${formatPlace(place)} ${foundIn}`,
  );
}

const OTHERS = `registries:
  team: { server: "registry.test:5000" }
images:
  base:
    name: team/base
    version: "1.4"
    registry: team
    with_hash: true
    tags: [stable]
    build: { dockerfile_inline: FROM scratch }
  postgres: { version: "16" }
  tool-1: { name: tool, version: "1" }
  tool-2: { name: tool, version: "2" }
  plain: { build: { dockerfile_inline: FROM scratch } }
`;

const app = (dockerfile: string, build = '{}', more = '') =>
  parentsOf({
    'ensure.yaml': `${OTHERS}  app:\n    build: ${build}\n${more}`,
    Dockerfile: dockerfile,
  });

describe('an image that a Dockerfile names is a parent', () => {
  test.each<[string, string[]]>([
    ['FROM team/base:1.4\n', ['base Dockerfile:1:1 FROM']],
    ['FROM team/base\n', ['base Dockerfile:1:1 FROM']],
    ['FROM team/base:latest\n', ['base Dockerfile:1:1 FROM']],
    ['FROM docker.io/team/base:stable\n', ['base Dockerfile:1:1 FROM']],
    ['FROM registry.test:5000/team/base:1.4\n', ['base Dockerfile:1:1 FROM']],
    ['FROM registry.test:5000/team/base\n', ['base Dockerfile:1:1 FROM']],
    ['FROM index.docker.io/library/postgres:16\n', ['postgres Dockerfile:1:1 FROM']],
    ['ARG BASE=postgres:16\nFROM $BASE\n', ['postgres Dockerfile:2:1 FROM']],
    ['FROM plain\nFROM plain\n', ['plain Dockerfile:2:1 FROM']],
    [
      'FROM tool:1\nCOPY --from=tool:2 / /\nCOPY --from=tool:2 /a /b\n',
      ['tool-1 Dockerfile:1:1 FROM', 'tool-2 Dockerfile:2:1 COPY --from'],
    ],
    [
      'FROM busybox\nRUN --mount=type=bind,from=team/base,target=/x true\n',
      ['base Dockerfile:2:1 RUN --mount'],
    ],
    [
      'FROM scratch AS a\nONBUILD COPY --from=postgres:16 / /\nFROM a\n',
      ['postgres Dockerfile:2:1 ONBUILD COPY --from'],
    ],
    ['FROM plain AS one\nFROM postgres:16 AS two\nFROM one\n', ['plain Dockerfile:1:1 FROM']],
  ])('%j', async (dockerfile, parents) => {
    expect(await app(dockerfile)).toEqual(parents);
  });

  test('by the stages that the target needs', async () => {
    const dockerfile = 'FROM plain AS one\nFROM postgres:16 AS two\nFROM one\n';
    expect(await app(dockerfile, '{ target: two }')).toEqual(['postgres Dockerfile:2:1 FROM']);
  });

  test('by build arguments', async () => {
    const dockerfile = 'ARG B=x\nARG T\nFROM $B\nCOPY --from=tool:1 / /\n';
    expect(await app(dockerfile, '{ build_args: { B: plain } }')).toEqual([
      'plain Dockerfile:3:1 FROM',
      'tool-1 Dockerfile:4:1 COPY --from',
    ]);
  });

  test('in a Dockerfile that stands in the manifest', async () => {
    expect(await app('', '{ dockerfile_inline: "FROM plain" }')).toEqual([
      'plain ensure.yaml (dockerfile_inline of app):1:1 FROM',
    ]);
  });

  test('in addition to those that are listed', async () => {
    const build = '{ parents: [postgres, plain], build_args: { B: "${images.tool-1.ref}" } }';
    expect(await app('FROM plain\nCOPY --from=team/base / /\n', build)).toEqual([
      'postgres',
      'plain',
      'tool-1',
      'base Dockerfile:2:1 COPY --from',
    ]);
  });

  test('by the reference of another one, less its hash', async () => {
    const dockerfile = 'ARG B\nFROM ${B%%-*}\n';
    expect(await app(dockerfile, '{ build_args: { B: "${images.base.ref}" } }')).toEqual(['base']);
  });
});

describe('a name is none of the manifest’s', () => {
  test.each([
    ['of another image', 'FROM node:20\n'],
    ['of another version', 'FROM team/base:1.3\nCOPY --from=postgres:15 /x /x\n'],
    ['of another server', 'FROM other.test/team/base:1.4\n'],
    ['with a digest', `FROM postgres@sha256:${'0'.repeat(64)}\n`],
    ['that is a key only', 'FROM base\n'],
    ['that several have', 'FROM tool\n'],
    ['of a stage', 'FROM scratch AS plain\nFROM scratch\nCOPY --from=plain / /\n'],
    ['of a stage to begin with', 'FROM scratch AS plain\nFROM plain\n'],
    ['without a tag, of a later stage', 'FROM postgres AS postgres\n'],
    ['in a stage that is not built', 'FROM plain AS unused\nFROM scratch\n'],
    ['that only docker knows', 'ARG BASE=$BUILDARCH\nFROM $BASE\n'],
    ['of its own', 'FROM app\n'],
    ['for another frontend', '# syntax=other/frontend\nFROM plain\n'],
  ])('%s', async (_, dockerfile) => {
    expect(await app(dockerfile)).toEqual([]);
  });

  test('that an additional context has', async () => {
    const build = '{ additional_contexts: { plain: docker-image://other, "team/base:1.4": . } }';
    expect(await app('FROM plain\nCOPY --from=team/base:1.4 / /\n', build)).toEqual([]);
    // Another name of the image is still the image's.
    expect(await app('FROM plain\nCOPY --from=team/base / /\n', build)).toEqual([
      'base Dockerfile:2:1 COPY --from',
    ]);
  });

  test.each(['FROM other\n', 'FROM other:1\n', 'FROM other:2\n'])(
    'where it is its own: %j',
    async (dockerfile) => {
      const more = '    name: other\n    version: "1"\n  newer: { name: other, version: "3" }\n';
      expect(await app(dockerfile, '{}', more)).toEqual([]);
    },
  );

  test('without a tag, where a listed parent has it', async () => {
    expect(await app('FROM tool\n', '{ parents: [tool-2] }')).toEqual(['tool-2']);
  });
});

describe('an ONBUILD of a parent', () => {
  const files = (trigger: string, from: string) => ({
    'ensure.yaml': `images:
  data: { version: "1", build: { dockerfile_inline: FROM scratch } }
  base: { build: { dockerfile: base.Dockerfile, target: final } }
  app: { build: { dockerfile_inline: "FROM ${from}" } }
`,
    'base.Dockerfile': `FROM scratch AS early\nONBUILD COPY --from=data:1 /unused /\nFROM scratch AS final\n${trigger}\nFROM scratch\n`,
  });
  const base = 'base ensure.yaml (dockerfile_inline of app):1:1 FROM';

  test.each([
    ['ONBUILD COPY --from=data:1 /x /x', 'ONBUILD COPY --from'],
    ['onbuild copy --from=data /x /x', 'ONBUILD COPY --from'],
    [
      'ONBUILD RUN --mount=type=bind,from=docker.io/library/data:1,target=/m true',
      'ONBUILD RUN --mount',
    ],
  ])('gives the child one: %s', async (trigger, instruction) => {
    expect(await parentsOf(files(trigger, 'base'))).toEqual([
      base,
      `data base.Dockerfile:4:1 ${instruction}`,
    ]);
  });

  test.each([
    ['ONBUILD COPY --from=other:1 /x /x', 'base'],
    ['ONBUILD COPY --from=early /x /x', 'base'],
    ['ONBUILD ADD data:1 /x', 'base'],
    ['ONBUILD COPY --from=data:1 /x /x', 'scratch\\nCOPY --from=base / /'],
    ['COPY --from=other / /', 'base'],
  ])('gives the child none: %s, FROM %s', async (trigger, from) => {
    const [first, ...others] = await parentsOf(files(trigger, from));
    expect(first).toMatch(/^base /);
    expect(others).toEqual([]);
  });

  test('of a stage that is not built gives none', async () => {
    const trigger = 'ONBUILD COPY --from=data:1 /x /x';
    expect(await parentsOf(files(trigger, 'base AS unused\\nFROM scratch'))).toEqual([]);
  });
});

test('a Dockerfile that names another image of the manifest by now is an error', async () => {
  const cwd = await temporaryTree({
    'ensure.yaml': `images:
  base: { build: { dockerfile_inline: FROM scratch } }
  app: { build: {} }
`,
    Dockerfile: 'FROM scratch\n',
  });
  const loaded = await loadManifest({ cwd, file: null, envFiles: [], env: {} });
  const { manifest, graph } = await completeManifest(loaded.manifest!, CONDITIONS);
  await writeFile(join(cwd, 'Dockerfile'), 'FROM scratch\nCOPY --from=base / /\n');
  const { images, diagnostics } = await resolveImages(manifest, graph!, ['app'], CONDITIONS);
  expect([...images.keys()]).toEqual([]);
  expect(diagnostics.map(({ code }) => code)).toEqual(['dockerfile-changed']);
  expect(diagnostics.map(complaint)).toEqual([
    'Dockerfile:2:1 `COPY --from` now names `base`, the image `base` of this manifest: the Dockerfile has changed since this run has begun (run it again)',
  ]);
});

describe('how images belong together is told with their Dockerfiles', () => {
  test('a circle', async () => {
    const { graph, diagnostics } = await complete({
      'ensure.yaml': `images:
  a: { build: { directory: a } }
  b: { build: { directory: b, parents: [c] } }
  c: { build: { directory: c } }
`,
      'a/Dockerfile': '# first\nFROM b\n',
      'b/Dockerfile': 'FROM scratch\nCOPY --from=c / /\n',
      'c/Dockerfile': 'FROM scratch\nCOPY --from=a / /\n',
    });
    expect(graph).toBeNull();
    expect(diagnostics.map(complaint)).toEqual([
      'a/Dockerfile:2:1 these images are built on each other in a circle: a → b → c → a (an arrow leads from an image to its parent, as in a/Dockerfile:2:1 (`FROM` names `b`), c/Dockerfile:2:1 (`COPY --from` names `a`); where an image from elsewhere is meant, say which: `additional_contexts: { NAME: docker-image://… }`)',
    ]);
  });

  test('two images of one name', async () => {
    const { diagnostics } = await complete({
      'ensure.yaml': `defaults: { with_hash: true, name: x, version: "1" }
images:
  a: { build: { dockerfile_inline: FROM scratch } }
  b: { build: { dockerfile_inline: FROM busybox } }
  app: { name: app, build: {} }
`,
      Dockerfile: 'FROM x:1\n',
    });
    expect(diagnostics.map(complaint)).toEqual([
      'Dockerfile:1:1 a Dockerfile would call both the parent `b` and the parent `a` `x:1` (give one of them another name or version)',
    ]);
  });

  test('an interval that a child carries in its tag', async () => {
    const manifest = (from: string) => ({
      'ensure.yaml': `images:
  base: { build: { dockerfile_inline: FROM scratch, interval: 1d } }
  app: { with_hash: true, build: { dockerfile_inline: FROM ${from} } }
`,
    });
    expect((await complete(manifest('base'))).diagnostics).toEqual([]);
    const { diagnostics } = await complete(manifest('busybox'));
    expect(diagnostics.map(({ code }) => code)).toEqual(['idle-interval']);
  });

  test('a Dockerfile that is not there names nothing', async () => {
    const { manifest, graph, diagnostics } = await complete({
      'ensure.yaml': 'images:\n  app: { build: {} }\n',
    });
    expect([manifest.images.get('app')?.build?.parents, graph?.order, diagnostics]).toEqual([
      [],
      ['app'],
      [],
    ]);
  });
});

describe('where only some images are asked for', () => {
  const FILES = {
    'ensure.yaml': `images:
  base: { name: org/base, with_hash: true, build: { dockerfile: base.Dockerfile } }
  middle: { name: org/middle, with_hash: true, build: { dockerfile: middle.Dockerfile } }
  app: { with_hash: true, build: { dockerfile: app.Dockerfile } }
  aside: { with_hash: true, build: { dockerfile: aside.Dockerfile } }
`,
    'base.Dockerfile': 'FROM scratch\nONBUILD COPY --from=org/middle / /\n',
    'middle.Dockerfile': 'FROM scratch\n',
    'app.Dockerfile': 'FROM org/base\n',
    'aside.Dockerfile': 'FROM org/base\n',
  };

  test('only their Dockerfiles and those of what they are built on are read', async () => {
    const cwd = await temporaryTree(FILES);
    const { manifest } = await loadManifest({ cwd, file: null, envFiles: [], env: {} });
    const dockerfiles = new Map();
    const conditions = { ...CONDITIONS, dockerfiles };
    const some = await completeManifest(manifest!, conditions, ['app']);
    expect([...dockerfiles.keys()].sort()).toEqual(['app', 'base', 'middle']);
    expect(some.manifest.images.get('aside')?.build?.parents).toEqual([]);
    const all = await completeManifest(manifest!, CONDITIONS);
    const parents = ({ manifest: { images } }: typeof all) =>
      images.get('app')?.build?.parents.map(({ key }) => key);
    expect(parents(some)).toEqual(['base', 'middle']);
    expect(parents(some)).toEqual(parents(all));

    // What was read for the parents is what is hashed; then it is read anew.
    const resolve = () => resolveImages(some.manifest, some.graph!, ['app'], conditions);
    const first = await resolve();
    const whole = await resolveImages(all.manifest, all.graph!, ['app'], CONDITIONS);
    expect(first.images.get('app')?.hash).toBe(whole.images.get('app')?.hash);
    expect([...dockerfiles.keys()]).toEqual([]);
    await writeFile(join(cwd, 'app.Dockerfile'), 'FROM org/base\nLABEL a=1\n');
    expect((await resolve()).images.get('app')?.hash).not.toBe(first.images.get('app')?.hash);
  });
});
