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

describe('an image of the manifest that is not declared a parent', () => {
  test.each([
    [
      'by name and version',
      'FROM team/base:1.4\n',
      '1:1',
      'FROM',
      'base',
      'add `base` to `parents`',
    ],
    [
      'by its bare name',
      'FROM team/base\n',
      '1:1',
      'FROM',
      'base',
      'add `base` to `parents` and call it `team/base:1.4` here',
    ],
    [
      'by its key',
      'FROM base\n',
      '1:1',
      'FROM',
      'base',
      'add `base` to `parents` and call it `team/base:1.4` here',
    ],
    [
      "by the registry's name",
      'FROM registry.test:5000/team/base:1.4\n',
      '1:1',
      'FROM',
      'base',
      'add `base` to `parents` and call it `team/base:1.4` here',
    ],
    [
      "by docker's full name",
      'FROM docker.io/library/postgres:16\n',
      '1:1',
      'FROM',
      'postgres',
      'add `postgres` to `parents`',
    ],
    [
      'by an argument',
      'ARG BASE=postgres:16\nFROM $BASE\n',
      '2:1',
      'FROM',
      'postgres',
      'add `postgres` to `parents`',
    ],
    [
      'to copy from',
      'FROM scratch\nCOPY --from=team/base:1.4 /x /x\nCOPY --from=team/base:1.4 /y /y\n',
      '2:1',
      'COPY --from',
      'base',
      'add `base` to `parents`',
    ],
    [
      'to mount',
      'FROM busybox\nRUN --mount=type=bind,from=team/base:1.4,target=/x true\n',
      '2:1',
      'RUN --mount',
      'base',
      'add `base` to `parents`',
    ],
  ])('%s', async (_, dockerfile, place, instruction, key, advice) => {
    expect(await found(dockerfile)).toEqual([
      `Dockerfile:${place} warning undeclared-parent: \`${instruction}\` names the image \`${key}\`, which is not a parent of \`app\`: it is neither ensured first nor hashed (${advice})`,
    ]);
  });

  test.each([
    ['another image', 'FROM node:20\n'],
    ['another version', 'FROM team/base:1.3\nCOPY --from=postgres:15 /x /x\n'],
    ['another server', 'FROM other.test/team/base:1.4\n'],
    ['a digest', `FROM postgres@sha256:${'0'.repeat(64)}\n`],
    ['a stage of that name', 'FROM scratch AS base\nFROM scratch\nCOPY --from=base / /\n'],
    ['a stage that is not built', 'FROM postgres:16 AS unused\nFROM scratch\n'],
    ['its own name', 'FROM app\n'],
    ['a name that is not known', 'ARG BASE\nFROM $BASE\n'],
    ['scratch', 'FROM scratch\n'],
  ])('%s is none', async (_, dockerfile) => {
    expect(await found(dockerfile)).toEqual([]);
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
    ['perhaps, behind a variable', 'ARG BASE\nFROM $BASE\n'],
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

  test('is unused where nothing names it', async () => {
    expect(await found('FROM busybox\n', '{ parents: [postgres, base] }')).toEqual([
      'ensure.yaml:14:24 warning unused-parent: nothing in the build of `app` uses the parent `postgres`: it is only waited for, and hashed (use it, as in `FROM postgres:16`, or remove it from `parents`)',
      'ensure.yaml:14:34 warning unused-parent: nothing in the build of `app` uses the parent `base`: it is only waited for, and hashed (use it, as in `FROM team/base:1.4`, or remove it from `parents`)',
    ]);
  });

  test.each([
    ['by its key', 'FROM base\n', 'base', '[base]'],
    [
      "by the registry's name",
      'FROM registry.test:5000/team/base:1.4\n',
      'registry.test:5000/team/base:1.4',
      '[base]',
    ],
  ])('is misnamed %s', async (_, dockerfile, name, parents) => {
    expect(await found(dockerfile, `{ parents: ${parents} }`)).toEqual([
      `Dockerfile:1:1 warning misnamed-parent: \`FROM\` calls the parent \`base\` by another name than the build is given it by: docker looks elsewhere for \`${name}\` (call it \`team/base:1.4\`)`,
    ]);
  });

  test('is misnamed where its bare name may mean another one too', async () => {
    const dockerfile = 'FROM tool\nCOPY --from=tool:1 / /\nCOPY --from=tool:2 / /\n';
    expect(await found(dockerfile, '{ parents: [tool-1, tool-2] }')).toEqual([
      'Dockerfile:1:1 warning misnamed-parent: `FROM` calls the parent `tool-1` by another name than the build is given it by: docker looks elsewhere for `tool` (call it `tool:1`)',
    ]);
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
