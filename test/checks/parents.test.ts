import { describe, expect, test } from 'vitest';
import { complaints } from './checking.ts';

/** A base, an image of a registry, two versions of a tool, and the image `app` to look at. */
function manifest(app: string, more = ''): string {
  return `registries:
  team: { server: "registry.test:5000" }
images:
  base:
    name: team/base
    version: "1.4"
    registry: team
    with_hash: true
    build: { dockerfile_inline: FROM scratch }
  postgres: { version: "16" }
  tool-1: { name: tool, version: "1" }
  tool-2: { name: tool, version: "2" }
${more}  app:
    build: ${app}
`;
}

function found(dockerfile: string, app = '{}', more = ''): Promise<string[]> {
  return complaints({ 'ensure.yaml': manifest(app, more), Dockerfile: dockerfile }, ['app']);
}

describe('an image of the manifest', () => {
  test.each([
    ['by its name and version', 'FROM team/base:1.4\n'],
    ['by its bare name', 'FROM team/base\n'],
    ["by the registry's name", 'FROM registry.test:5000/team/base:1.4\n'],
    ['by a name that Docker Hub has too', 'FROM postgres\n'],
    ["by docker's full name", 'FROM index.docker.io/library/postgres:16\n'],
  ])('is a parent %s: nothing is doubtful', async (_, dockerfile) => {
    expect(await found(dockerfile)).toEqual([]);
  });

  test.each([
    ['by its key', 'FROM base\n', 'base', 'base', 'team/base:1.4'],
    ['by a name that several have', 'FROM tool\n', 'tool', 'tool-1', 'tool:1'],
  ])('is doubtful %s', async (_, dockerfile, name, key, proper) => {
    expect(await found(dockerfile)).toEqual([
      `Dockerfile:1:1 warning misnamed-parent: \`FROM\` names \`${name}\`: if that is to be the image \`${key}\` of this manifest, it is not called so, and docker looks elsewhere for it (call it \`${proper}\`)`,
    ]);
  });

  test.each([
    ['another image', 'FROM node:20\n'],
    ['another version', 'FROM team/base:1.3\nCOPY --from=postgres:15 /x /x\n'],
    ['another server', 'FROM other.test/team/base:1.4\n'],
    ['a digest', `FROM postgres@sha256:${'0'.repeat(64)}\n`],
    ['a stage of that name', 'FROM scratch AS base\nFROM scratch\nCOPY --from=base / /\n'],
    ['a stage that is not built', 'FROM postgres:16 AS unused\nFROM scratch\n'],
    ['a name that is not known', 'ARG BASE=$BUILDARCH\nFROM $BASE\n'],
    ['scratch', 'FROM scratch\n'],
  ])('is not meant by %s', async (_, dockerfile) => {
    expect(await found(dockerfile)).toEqual([]);
  });

  test.each([
    ['{}', 'FROM app\n', 'app'],
    ['{}\n    version: "3"', 'FROM app:3\n', 'app:3'],
    ['{}\n    with_hash: true\n    tags: [latest]', 'FROM docker.io/library/app\n', 'app'],
  ])('its own reference is doubtful: %j', async (app, dockerfile, name) => {
    expect(await found(dockerfile, app)).toEqual([
      `Dockerfile:1:1 warning own-base: \`FROM\` names \`${name}\`, a reference of \`app\` itself: once it is built, the next build starts from it (name another image, or this one's base by its digest (\`${name}@sha256:…\`))`,
    ]);
  });

  test('its own name is another image where its tag has a hash', async () => {
    const app = '{}\n    version: "3"\n    with_hash: true';
    expect(await found('FROM app:3\n', app)).toEqual([]);
  });

  test('an additional context of that name is none', async () => {
    const app = '{ additional_contexts: { postgres: docker-image://other } }';
    expect(await found('FROM scratch\nCOPY --from=postgres / /\n', app)).toEqual([]);
  });
});

describe('a parent', () => {
  test.each([
    ['by name and version', 'FROM team/base:1.4\n'],
    ['by its bare name', 'FROM team/base\n'],
    ["by docker's full name", 'FROM docker.io/team/base:1.4\n'],
    ['to copy from', 'FROM scratch\nCOPY --from=team/base / /\n'],
    ['to mount', 'FROM busybox\nRUN --mount=from=team/base,target=/x true\n'],
    ['in a stage that is not built', 'FROM team/base AS other\nFROM scratch\n'],
    ['perhaps, behind a variable', 'ARG BASE=$BUILDARCH\nFROM $BASE\n'],
  ])('is used %s', async (_, dockerfile) => {
    expect(await found(dockerfile, '{ parents: [base] }')).toEqual([]);
  });

  test.each([
    'build_args: { BASE: "${images.base.ref}" }',
    'labels: { base: "${images.base.ref}" }',
    'additional_contexts: { other: "docker-image://${images.base.ref}" }',
    'metadata: { base: "${images.base.ref}" }',
    'dockerfile_inline: "FROM ${images.base.ref}"',
  ])('is used by %s', async (line) => {
    const dockerfile = 'ARG BASE\nFROM scratch\n';
    expect(await found(dockerfile, `{ parents: [base], ${line} }`)).toEqual([]);
  });

  test.each([
    ['a digest', `FROM team/base@sha256:${'0'.repeat(64)}\n`],
    ['a version and a digest', `FROM team/base:1.4@sha256:${'0'.repeat(64)}\n`],
    ['another version', 'FROM team/base:1.3\n'],
    ['a stage of its key', 'FROM scratch AS base\nFROM base\n'],
  ])('is told to be unused beside %s', async (_, dockerfile) => {
    const [told] = await found(dockerfile, '{ parents: [base] }');
    expect(told).toContain(
      'warning unused-parent: nothing in the build of `app` uses the parent `base`',
    );
  });

  test('is unused where nothing names it', async () => {
    expect(await found('FROM busybox\n', '{ parents: [postgres, base] }')).toEqual([
      'ensure.yaml:14:24 warning unused-parent: nothing in the build of `app` uses the parent `postgres`: it is only waited for, and hashed (use it, as in `FROM postgres:16`, or remove it from `parents`)',
      'ensure.yaml:14:34 warning unused-parent: nothing in the build of `app` uses the parent `base`: it is only waited for, and hashed (use it, as in `FROM team/base:1.4`, or remove it from `parents`)',
    ]);
  });

  test('is misnamed by its key', async () => {
    expect(await found('FROM base\n', '{ parents: [base] }')).toEqual([
      'Dockerfile:1:1 warning misnamed-parent: `FROM` calls the parent `base` by another name than the build is given it by: docker looks elsewhere for `base` (call it `team/base:1.4`)',
    ]);
  });

  test('cannot be told from another one that answers to the same name', async () => {
    const dockerfile = 'FROM tool\nCOPY --from=tool:1 / /\nCOPY --from=tool:2 / /\n';
    expect(await found(dockerfile, '{ parents: [tool-1, tool-2] }')).toEqual([
      'Dockerfile:1:1 error shared-parent-name: `FROM` names `tool`, and the parents `tool-1` and `tool-2` of `app` all answer to that (call the one that is meant by a name that it alone has, such as its name with the version)',
    ]);
    const unreached = `FROM tool AS unused\nFROM tool:1\nCOPY --from=tool:2 / /\n`;
    expect(await found(unreached, '{ parents: [tool-1, tool-2] }')).toEqual([]);
  });
});

describe('a parent that `defaults` gives', () => {
  const files = (second: string) => ({
    'ensure.yaml': `defaults: { build: { parents: [base] } }
images:
  base: { build: { dockerfile_inline: FROM scratch, parents: [] } }
  one: { build: { dockerfile_inline: FROM base } }
  two: { build: { dockerfile_inline: FROM ${second} } }
`,
  });

  test('may be idle in some images', async () => {
    expect(await complaints(files('scratch'))).toEqual([]);
  });

  test('may not be idle in all of them', async () => {
    const given = files('scratch')['ensure.yaml'].replace('FROM base', 'FROM scratch');
    expect(await complaints({ 'ensure.yaml': given })).toEqual([
      'ensure.yaml:1:32 warning unused-parent: nothing in the build of `one` uses the parent `base`: it is only waited for, and hashed (use it, as in `FROM base`, or remove it from `parents`)',
    ]);
    // Nothing is said of images that nobody has looked at.
    expect(await complaints({ 'ensure.yaml': given }, ['two'])).toEqual([]);
  });
});

describe('a parent that is built for a platform', () => {
  const check = (parent: string, child: string, dockerfile: string) => {
    const manifest = `images:
  base: { name: team/base, version: 1, build: { platforms: [${parent}], dockerfile_inline: FROM scratch } }
  app: { build: { platforms: [${child}], parents: [base] } }
`;
    return complaints({ 'ensure.yaml': manifest, Dockerfile: dockerfile }, ['app']);
  };
  const wrong = (place: string, instruction: string, wanted: string, how: string) =>
    `Dockerfile:${place} error wrong-platform: \`${instruction}\` takes the parent \`base\` of \`app\` for ${wanted}, but it is built for linux/amd64 (build \`base\` for it (\`platforms: [${wanted}]\`), or take it as it is: \`FROM --platform=linux/amd64 team/base:1${how})`;

  test.each([
    ['linux/arm64', 'FROM team/base:1\n', wrong('1:1', 'FROM', 'linux/arm64', '`')],
    ['linux/386', 'FROM team/base:1\n', wrong('1:1', 'FROM', 'linux/386', '`')],
    [
      'linux/arm64',
      'FROM scratch\nCOPY --from=team/base:1 / /\nCOPY --from=team/base:1 /a /b\n',
      wrong('2:1', 'COPY --from', 'linux/arm64', ' AS stage`, and `stage` here'),
    ],
    [
      'linux/amd64',
      'FROM --platform=linux/arm64/v8 team/base:1\n',
      wrong('1:1', 'FROM', 'linux/arm64', '`'),
    ],
    [
      'linux/amd64',
      'ARG P=arm\nFROM --platform=$TARGETOS/${P}64 team/base:1\n',
      wrong('2:1', 'FROM', 'linux/arm64', '`'),
    ],
  ])('is not taken for %s: %j', async (child, dockerfile, expected) => {
    expect(await check('linux/amd64', child, dockerfile)).toEqual([expected]);
  });

  test.each([
    ['linux/amd64', 'linux/amd64', 'FROM team/base:1\n'],
    ['linux/amd64', 'linux/amd64/v2', 'FROM team/base:1\n'],
    ['linux/arm/v6', 'linux/arm/v7', 'FROM team/base:1\n'],
    ['linux/arm/v7', 'linux/arm64', 'FROM team/base:1\n'],
    ['linux/amd64', 'linux/arm64', 'FROM --platform=linux/amd64 team/base:1\n'],
    // Only docker knows what this is.
    ['linux/amd64', 'linux/arm64', 'FROM --platform=$BUILDPLATFORM team/base:1\n'],
    [
      'linux/amd64',
      'linux/arm64',
      'FROM --platform=linux/amd64 team/base:1 AS b\nFROM scratch\nCOPY --from=b / /\n',
    ],
    // Docker leaves this stage out.
    [
      'linux/amd64',
      'linux/arm64',
      'FROM team/base:1 AS b\nFROM --platform=linux/amd64 team/base:1\n',
    ],
  ])('is taken, %s for %s: %j', async (parent, child, dockerfile) => {
    expect(await check(parent, child, dockerfile)).toEqual([]);
  });
});
