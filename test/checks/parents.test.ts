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
  const tagged = `  tagged:
    name: team/tagged
    version: "1"
    registry: team
    with_hash: true
    tags: [latest, stable]
    build: { dockerfile_inline: FROM scratch }
`;
  test.each([
    ['FROM team/base:1.4\n', '1:1', 'FROM', 'base', 'team/base:1.4'],
    ['FROM registry.test:5000/team/base:1.4\n', '1:1', 'FROM', 'base', null],
    ['FROM docker.io/library/postgres:16\n', '1:1', 'FROM', 'postgres', 'postgres:16'],
    ['FROM index.docker.io/library/postgres:16\n', '1:1', 'FROM', 'postgres', 'postgres:16'],
    ['ARG BASE=postgres:16\nFROM $BASE\n', '2:1', 'FROM', 'postgres', 'postgres:16'],
    ['FROM team/tagged\n', '1:1', 'FROM', 'tagged', 'team/tagged'],
    ['FROM team/tagged:stable\n', '1:1', 'FROM', 'tagged', 'team/tagged:stable'],
    ['FROM registry.test:5000/team/tagged\n', '1:1', 'FROM', 'tagged', null],
    [
      'FROM scratch\nCOPY --from=team/base:1.4 /x /x\nCOPY --from=team/base:1.4 /y /y\n',
      '2:1',
      'COPY --from',
      'base',
      'team/base:1.4',
    ],
    [
      'FROM busybox\nRUN --mount=type=bind,from=team/base:1.4,target=/x true\n',
      '2:1',
      'RUN --mount',
      'base',
      'team/base:1.4',
    ],
    [
      'FROM scratch AS a\nONBUILD COPY --from=postgres:16 / /\nFROM a\n',
      '2:1',
      'ONBUILD COPY --from',
      'postgres',
      'postgres:16',
    ],
  ])(
    'is a mistake by a name of its own: %j',
    async (dockerfile, place, instruction, key, called) => {
      const name = called ?? /FROM (.*)/.exec(dockerfile)?.[1];
      const expected = `Dockerfile:${place} error undeclared-parent: \`${instruction}\` names \`${name}\`, which is the image \`${key}\` of this manifest, but not a parent of \`app\`: it is neither ensured first nor hashed (add \`${key}\` to \`parents\`; if another image is meant, give \`${key}\` another name, or name the other one by its digest (\`${name}@sha256:…\`))`;
      expect(await found(dockerfile, '{}', tagged)).toEqual([expected]);
      // No check that could be skipped.
      const skipping = `{}\n    skip_checks: [undeclared-parent]`;
      expect(await found(dockerfile, skipping, tagged)).toEqual([expected]);
    },
  );

  test.each([
    ['by its bare name', 'FROM team/base\n', 'team/base', 'base', 'team/base:1.4'],
    ['by its key', 'FROM base\n', 'base', 'base', 'team/base:1.4'],
    [
      "by the registry's bare name",
      'FROM registry.test:5000/team/base\n',
      'registry.test:5000/team/base',
      'base',
      'team/base:1.4',
    ],
    ['by a name that Docker Hub has too', 'FROM postgres\n', 'postgres', 'postgres', 'postgres:16'],
  ])('is doubtful %s', async (_, dockerfile, name, key, proper) => {
    expect(await found(dockerfile)).toEqual([
      `Dockerfile:1:1 warning undeclared-parent: \`FROM\` names \`${name}\`: if that is to be the image \`${key}\`, it is not a parent of \`app\`, and so neither ensured first nor hashed (add \`${key}\` to \`parents\` and call it \`${proper}\` here)`,
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
  ])('%s is none', async (_, dockerfile) => {
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

describe('an ONBUILD of a parent', () => {
  const files = (trigger: string, app: string) => ({
    'ensure.yaml': `images:
  data: { version: "1", build: { dockerfile_inline: FROM scratch } }
  base: { build: { dockerfile: base.Dockerfile, target: final } }
  app: { build: { dockerfile_inline: "FROM ${app}", parents: [base] } }
`,
    'base.Dockerfile': `FROM scratch AS early\nONBUILD COPY --from=data:1 /unused /\nFROM scratch AS final\n${trigger}\nFROM scratch\n`,
  });
  const mistake = (instruction: string) =>
    `base.Dockerfile:4:1 error undeclared-parent: \`${instruction}\` names \`data:1\`, which is the image \`data\` of this manifest, but not a parent of \`app\`: it is neither ensured first nor hashed (add \`data\` to \`parents\`; if another image is meant, give \`data\` another name, or name the other one by its digest (\`data:1@sha256:…\`))`;

  test.each([
    ['ONBUILD COPY --from=data:1 /x /x', 'ONBUILD COPY --from'],
    ['onbuild copy --from=data:1 /x /x', 'ONBUILD COPY --from'],
    [
      'ONBUILD RUN --mount=type=bind,from=docker.io/library/data:1,target=/m true',
      'ONBUILD RUN --mount',
    ],
  ])('is one of the child: %s', async (trigger, instruction) => {
    expect(await complaints(files(trigger, 'base'), ['app'])).toEqual([mistake(instruction)]);
  });

  test.each([
    ['ONBUILD COPY --from=other:1 /x /x', 'base'],
    ['ONBUILD COPY --from=early /x /x', 'base'],
    ['ONBUILD ADD data:1 /x', 'base'],
    ['ONBUILD COPY --from=data:1 /x /x', 'base AS unused\\nFROM scratch'],
    ['ONBUILD COPY --from=data:1 /x /x', 'scratch\\nCOPY --from=base / /'],
    ['COPY --from=other / /', 'base'],
  ])('is none of the child: %s, FROM %s', async (trigger, app) => {
    expect(await complaints(files(trigger, app), ['app'])).toEqual([]);
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
