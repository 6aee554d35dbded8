import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Conditions } from '../../src/inputs/conditions.ts';
import { completeManifest } from '../../src/inputs/find-parents.ts';
import { type Resolution, resolveImages } from '../../src/inputs/resolve.ts';
import { loadManifest } from '../../src/manifest/load.ts';
import { type Diagnostic, errorsIn } from '../../src/model/diagnostic.ts';
import { mainRegistryRef } from '../../src/model/homes.ts';
import { complaint } from '../manifest/reading.ts';
import { makeFifo, temporaryTree } from '../rig/temporary-tree.ts';

type Variables = Readonly<Record<string, string>>;

const NOON: Conditions = { now: Date.parse('2026-01-31T12:00:00Z'), platform: 'linux/amd64' };

interface Options {
  readonly keys?: readonly string[];
  readonly variables?: Variables;
  readonly conditions?: Partial<Conditions>;
}

/** Resolves the images of the manifest in a folder. */
async function resolveIn(
  folder: string,
  { keys, variables = {}, conditions = {} }: Options = {},
): Promise<Resolution> {
  const loaded = await loadManifest({
    file: null,
    envFiles: [],
    cwd: folder,
    env: variables,
  });
  const refuse = (diagnostics: readonly Diagnostic[]) => {
    const errors = errorsIn(diagnostics).map(complaint);
    if (errors.length > 0) throw new Error(errors.join('\n'));
  };
  refuse(loaded.diagnostics);
  const all = { ...NOON, ...conditions };
  const { manifest, graph, diagnostics } = await completeManifest(loaded.manifest!, all);
  refuse(diagnostics);
  return resolveImages(manifest, graph!, keys ?? manifest.images.keys(), all);
}

async function hashesIn(folder: string, options: Options = {}): Promise<Record<string, string>> {
  const { images } = await resolveIn(folder, options);
  return Object.fromEntries([...images].map(([key, { hash }]) => [key, hash ?? '']));
}

const APP = 'images:\n  app:\n    with_hash: true\n    build: { directory: app }\n';

const FILES = {
  'ensure.yaml': APP,
  'app/Dockerfile': 'FROM scratch\nCOPY . /\n',
  'app/one': 'one\n',
  'app/sub/two': 'two\n',
};

const CHAIN = `images:
  grandparent:
    build: { dockerfile_inline: "FROM scratch", metadata: "\${G:-old}" }
  parent:
    version: "1"
    build: { dockerfile_inline: "FROM grandparent", parents: [grandparent], files: nothing }
  app:
    with_hash: true
    build: { dockerfile_inline: "FROM parent:1", parents: [parent], files: nothing }
  other:
    with_hash: true
    build: { dockerfile_inline: "FROM scratch", files: nothing }
`;

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

describe('a hash', () => {
  it('is that of a document that can be made by hand', async () => {
    const folder = await temporaryTree(FILES);
    const { images } = await resolveIn(folder);
    const build = images.get('app')?.build;
    const list = JSON.stringify({
      Dockerfile: `f ${sha256('FROM scratch\nCOPY . /\n')}`,
      one: `f ${sha256('one\n')}`,
      'sub/two': `f ${sha256('two\n')}`,
    });
    const document = JSON.stringify({
      dockerfile: sha256('FROM scratch\nCOPY . /\n'),
      files: sha256(list),
      format: 'docker-ensure/inputs/v1',
      platforms: ['linux/amd64'],
    });
    expect(build?.files.list.document).toBe(list);
    expect(build?.inputs).toBe(document);
    expect(images.get('app')).toMatchObject({
      hash: sha256(document),
      ref: `app:${sha256(document).slice(0, 16)}`,
      homes: [],
    });
  });

  const changes: readonly [string, (folder: string) => Promise<unknown>][] = [
    ['the Dockerfile', (f) => writeFile(join(f, 'app/Dockerfile'), 'FROM scratch\n')],
    ['a file', (f) => writeFile(join(f, 'app/one'), 'other\n')],
    ['a file that comes', (f) => writeFile(join(f, 'app/three'), '')],
    ['a file that goes', (f) => rm(join(f, 'app/one'))],
    ['the name of a file', (f) => rename(join(f, 'app/one'), join(f, 'app/uno'))],
    ['the right to execute', (f) => chmod(join(f, 'app/one'), 0o755)],
    [
      'a link in the place of a file',
      async (f) => {
        await rm(join(f, 'app/one'));
        await symlink('sub/two', join(f, 'app/one'));
      },
    ],
    ['a build argument', (f) => addTo(f, 'build_args: { A: "1" }')],
    ['the target', (f) => addTo(f, 'target: x')],
    ['the metadata', (f) => addTo(f, 'metadata: x')],
    ['labels', (f) => addTo(f, 'labels: { a: b }')],
    ['the network', (f) => addTo(f, 'network: none')],
    ['extra hosts', (f) => addTo(f, 'extra_hosts: { a: 10.0.0.1 }')],
    ['the size of /dev/shm', (f) => addTo(f, 'shm_size: 64m')],
    ['ulimits', (f) => addTo(f, 'ulimits: { nofile: 1024 }')],
    ['a platform', (f) => addTo(f, 'platforms: [linux/arm64]')],
    ['an interval', (f) => addTo(f, 'interval: 1d')],
    ['a secret', (f) => addTo(f, 'secrets: [{ id: a, env: A }]')],
    ['ssh', (f) => addTo(f, 'ssh: [default]')],
    ['an additional context', (f) => addTo(f, 'additional_contexts: { more: app/sub }')],
    ['the files', (f) => addTo(f, 'files: { only: [one] }')],
  ];

  it.each(changes)('changes with %s', async (_, change) => {
    const folder = await temporaryTree(FILES);
    const { app: before } = await hashesIn(folder);
    await change(folder);
    const { app: after } = await hashesIn(folder);
    expect(after).toMatch(/^[0-9a-f]{64}$/);
    expect(after).not.toBe(before);
  });

  /** Adds a key to the build of the image. */
  async function addTo(folder: string, key: string): Promise<void> {
    await writeFile(
      join(folder, 'ensure.yaml'),
      APP.replace('directory: app', `directory: app, ${key}`),
    );
  }

  it.each<[string, (folder: string) => Promise<unknown>]>([
    ['the time of a file', (f) => utimes(join(f, 'app/one'), 1, 1)],
    ['other rights', (f) => chmod(join(f, 'app/one'), 0o600)],
    ['an empty folder', (f) => mkdir(join(f, 'app/empty'))],
    [
      'the folder that holds it all',
      async (f) => {
        await rename(join(f, 'app'), join(f, 'elsewhere'));
        await writeFile(
          join(f, 'ensure.yaml'),
          APP.replace('directory: app', 'directory: elsewhere'),
        );
      },
    ],
    [
      'the name of the Dockerfile',
      async (f) => {
        await writeFile(
          join(f, 'ensure.yaml'),
          APP.replace('directory: app', 'directory: app, dockerfile: ../D'),
        );
        await writeFile(join(f, 'D'), await readFile(join(f, 'app/Dockerfile')));
      },
    ],
    [
      'a version',
      (f) =>
        writeFile(join(f, 'ensure.yaml'), APP.replace('with_hash', 'version: "2"\n    with_hash')),
    ],
    [
      'a name',
      (f) => writeFile(join(f, 'ensure.yaml'), APP.replace('with_hash', 'name: x\n    with_hash')),
    ],
    ['an unhashed build argument', (f) => addTo(f, 'unhashed_build_args: { A: secret }')],
    ['where a secret comes from', async (f) => addTo(f, 'secrets: []')],
    ['the builder', (f) => addTo(f, 'builder: x')],
    ['caches', (f) => addTo(f, 'cache_from: [a], cache_to: [b]')],
    ['no_cache and pull', (f) => addTo(f, 'no_cache: true, pull: true')],
    ['another image', (f) => writeFile(join(f, 'ensure.yaml'), `${APP}  other: {}\n`)],
  ])('does not change with %s', async (_, change) => {
    const folder = await temporaryTree(FILES);
    const { app: before } = await hashesIn(folder);
    await change(folder);
    const { app: after } = await hashesIn(folder);
    expect(after).toBe(before);
  });

  it('is the same for the ids of secrets, wherever their values come from', async () => {
    const folder = await temporaryTree(FILES);
    const hashes: (string | undefined)[] = [];
    for (const source of ['env: A', 'env: B', 'src: app/one']) {
      await addTo(folder, `secrets: [{ id: s, ${source} }]`);
      hashes.push((await hashesIn(folder, { variables: { A: 'x', B: 'y' } })).app);
    }
    expect(new Set(hashes).size).toBe(1);
  });

  it('depends on the platform of the run where the image names none', async () => {
    const folder = await temporaryTree(FILES);
    const arm = { conditions: { platform: 'linux/arm64' } };
    expect((await hashesIn(folder, arm)).app).not.toBe((await hashesIn(folder)).app);
    await addTo(folder, 'platforms: [linux/amd64]');
    expect(await hashesIn(folder, arm)).toEqual(await hashesIn(folder));
  });

  it('is the same for each spelling of a platform', async () => {
    const folder = await temporaryTree(FILES);
    const { app } = await hashesIn(folder);
    for (const spelling of ['linux/amd64', 'linux/x86_64', 'amd64']) {
      await addTo(folder, `platforms: [${spelling}]`);
      expect((await hashesIn(folder)).app).toBe(app);
    }
  });

  it('changes when an interval begins', async () => {
    const folder = await temporaryTree(FILES);
    await addTo(folder, 'interval: { every: 1d, offset: 2000-01-01T04:00:00Z }');
    const at = async (time: string) =>
      (await hashesIn(folder, { conditions: { now: Date.parse(time) } })).app;
    const before = await at('2026-01-31T03:59:59Z');
    expect(await at('2026-01-30T04:00:00Z')).toBe(before);
    expect(await at('2026-01-31T04:00:00Z')).not.toBe(before);
  });

  it('takes a null argument from the environment, and leaves it out where it is unset', async () => {
    const folder = await temporaryTree(FILES);
    const { app: without } = await hashesIn(folder);
    await addTo(folder, 'build_args: { BRANCH: null }');
    expect((await hashesIn(folder)).app).toBe(without);
    const [main, next] = [
      await hashesIn(folder, { variables: { BRANCH: 'main' } }),
      await hashesIn(folder, { variables: { BRANCH: 'next' } }),
    ];
    expect(new Set([without, main.app, next.app]).size).toBe(3);
  });
});

describe('a parent', () => {
  it('changes what is built on it, and nothing else', async () => {
    const folder = await temporaryTree({ 'ensure.yaml': CHAIN });
    const before = await hashesIn(folder);
    const after = await hashesIn(folder, { variables: { G: 'new' } });
    const changed = Object.keys(before).filter((key) => before[key] !== after[key]);
    expect(changed).toEqual(['grandparent', 'parent', 'app']);
  });

  it('is in the document by what a Dockerfile calls it and its whole hash', async () => {
    const folder = await temporaryTree({ 'ensure.yaml': CHAIN });
    const { images } = await resolveIn(folder);
    const document = JSON.parse(images.get('app')?.build?.inputs ?? '');
    expect(document.parents).toEqual({ 'parent:1': images.get('parent')?.hash });
  });

  it('without a build is there by its reference', async () => {
    const folder = await temporaryTree({
      'ensure.yaml':
        'images:\n  postgres: { version: "16" }\n  app:\n    build: { dockerfile_inline: "FROM postgres:16", parents: [postgres], files: nothing }\n',
    });
    const { images } = await resolveIn(folder);
    expect(images.get('postgres')).toMatchObject({ ref: 'postgres:16', hash: null, build: null });
    expect(JSON.parse(images.get('app')?.build?.inputs ?? '').parents).toEqual({
      'postgres:16': 'postgres:16',
    });
  });

  it('is resolved too where only its child is asked for, and comes first', async () => {
    const folder = await temporaryTree({ 'ensure.yaml': CHAIN });
    const { images } = await resolveIn(folder, { keys: ['app'] });
    expect([...images.keys()]).toEqual(['grandparent', 'parent', 'app']);
  });

  it('is known by its reference in every string', async () => {
    const folder = await temporaryTree({
      'ensure.yaml': `images:
  base:
    with_hash: true
    build: { dockerfile_inline: "FROM scratch", files: nothing }
  app:
    build:
      dockerfile_inline: "FROM \${images.base.ref}"
      files: nothing
      build_args: { BASE: "on \${images.base.ref}!" }
      unhashed_build_args: { U: "\${images.base.ref}" }
      labels: { base: "\${images.base.ref}" }
      metadata: "\${images.base.ref}"
      target: "\${images.base.ref}"
      network: "\${images.base.ref}"
      extra_hosts: { h: "\${images.base.ref}" }
      additional_contexts: { c: "docker-image://\${images.base.ref}" }
      cache_from: ["\${images.base.ref}"]
      cache_to: ["\${images.base.ref}"]
      builder: "\${images.base.ref}"
`,
    });
    const { images } = await resolveIn(folder);
    const ref = images.get('base')?.ref ?? '';
    const build = images.get('app')?.build;
    expect(ref).toMatch(/^base:[0-9a-f]{16}$/);
    expect(Buffer.from(build?.dockerfile.bytes ?? []).toString()).toBe(`FROM ${ref}`);
    expect(build).toMatchObject({
      buildArgs: new Map([['BASE', `on ${ref}!`]]),
      unhashedBuildArgs: new Map([['U', ref]]),
      labels: new Map([['base', ref]]),
      target: ref,
      network: ref,
      extraHosts: new Map([['h', ref]]),
      additionalContexts: new Map([['c', { kind: 'remote', source: `docker-image://${ref}` }]]),
      cacheFrom: [ref],
      cacheTo: [ref],
      builder: ref,
    });
    expect(JSON.parse(build?.inputs ?? '').metadata).toBe(ref);
  });
});

describe('a reference', () => {
  const KEYS =
    'images:\n  app:\n    build: { dockerfile_inline: "FROM scratch", files: nothing }\n';
  it.each([
    ['bare', '', 'app', null],
    ['with a version', 'version: "1.4"', 'app:1.4', null],
    ['with a hash', 'with_hash: true', 'app:<16>', null],
    ['with both', 'version: "1.4"\n    with_hash: true', 'app:1.4-<16>', null],
    ['with some digits', 'with_hash: true\n    hash_len: 4', 'app:<4>', null],
    ['with all digits', 'with_hash: true\n    hash_len: 64', 'app:<64>', null],
    ['with a registry', 'registry: team', 'app', 'registry.test:5000/app'],
    [
      'with a registry and a tag',
      'version: "1"\n    registry: team',
      'app:1',
      'registry.test:5000/app:1',
    ],
    [
      'with the server in the name',
      'name: registry.test:5000/app\n    prepend_server: false\n    registry: team',
      'registry.test:5000/app',
      'registry.test:5000/app',
    ],
    ['at Docker Hub', 'name: me/app\n    registry: hub', 'me/app', 'me/app'],
  ])('%s', async (_, keys, ref, registryRef) => {
    const folder = await temporaryTree({
      'ensure.yaml': `registries: { team: { server: "registry.test:5000" }, hub: {} }\n${KEYS}    ${keys}\n`,
    });
    const { images } = await resolveIn(folder);
    const app = images.get('app');
    const digits = (text: string) =>
      text.replace(/<(\d+)>/, (_all, length) => app?.hash?.slice(0, Number(length)) ?? '');
    expect([app?.ref, app === undefined ? null : mainRegistryRef(app)]).toEqual([
      digits(ref),
      registryRef,
    ]);
  });

  it('that two images have is a mistake', async () => {
    const image =
      'with_hash: true, name: same, build: { dockerfile_inline: "FROM scratch", files: nothing }';
    const folder = await temporaryTree({
      'ensure.yaml': `images:\n  one: { ${image} }\n  two: { ${image} }\n`,
    });
    const { diagnostics, images } = await resolveIn(folder);
    expect(diagnostics.map(complaint)).toEqual([
      `3:3 \`one\` and \`two\` have the same reference, ${images.get('one')?.ref} (give one of them another name or version)`,
    ]);
  });
});

describe('what is wrong with an image', () => {
  it('is told with all that is wrong with others', async () => {
    const folder = await temporaryTree({
      'ensure.yaml': `images:
  one: { build: { directory: one } }
  two: { build: { directory: two, files: { only: [missing] } } }
  three: { build: { dockerfile_inline: "FROM one", parents: [one], files: nothing } }
  four: { build: { dockerfile_inline: "FROM scratch", files: nothing } }
`,
      'one/file': '',
      'two/Dockerfile': 'FROM scratch\n',
    });
    const { diagnostics, images } = await resolveIn(folder);
    expect(diagnostics.map(({ code, image }) => [image, code])).toEqual([
      ['one', 'missing-dockerfile'],
      ['two', 'missing-file'],
    ]);
    expect([...images.keys()]).toEqual(['four']);
  });

  it('is that its Dockerfile is a folder', async () => {
    const folder = await temporaryTree({ ...FILES, 'app/Dockerfile': '', 'd/Dockerfile/x': '' });
    await writeFile(join(folder, 'ensure.yaml'), APP.replace('directory: app', 'directory: d'));
    const { diagnostics } = await resolveIn(folder);
    expect(diagnostics.map(complaint)).toEqual([
      '2:3 the Dockerfile d/Dockerfile is a folder (name it with `dockerfile`, relative to `directory`, or write it into `dockerfile_inline`)',
    ]);
  });

  it('is that its Dockerfile is a pipe, which may never end', async () => {
    const folder = await temporaryTree({ ...FILES, 'app/Dockerfile': '', 'd/x': '' });
    makeFifo(join(folder, 'd/Dockerfile'));
    await writeFile(join(folder, 'ensure.yaml'), APP.replace('directory: app', 'directory: d'));
    const { diagnostics } = await resolveIn(folder);
    expect(diagnostics.map(complaint)).toEqual([
      '2:3 the Dockerfile d/Dockerfile cannot be read: it is no regular file (name it with `dockerfile`, relative to `directory`, or write it into `dockerfile_inline`)',
    ]);
  });

  it('is that a stage hides a parent', async () => {
    const folder = await temporaryTree({
      'ensure.yaml':
        'images:\n  base: { build: { dockerfile_inline: "FROM scratch", files: nothing } }\n  app: { build: { directory: app, parents: [base] } }\n',
      'app/Dockerfile': 'FROM base AS base\n',
    });
    const { diagnostics, images } = await resolveIn(folder);
    expect(diagnostics.map(({ code }) => code)).toEqual(['stage-hides-parent']);
    expect([...images.keys()]).toEqual(['base']);
  });
});

describe('a build may ask for secrets', () => {
  const SECRET = 'RUN --mount=type=secret,id=s true';

  it.each<readonly [string, string, boolean, string?]>([
    ['by a mount', SECRET, true],
    ['by one of an agent', 'RUN --mount=target=/x --mount=TYPE=SSH true', true],
    ['by one whose type is a variable', 'ARG T\nRUN --mount=type=$T,id=s true', true],
    ['by no other one', 'RUN --mount=type=cache,target=/x --mount=target=/y true', false],
    ['by no text', `COPY <<E /x\n${SECRET}\nE\nRUN echo --mount=type=secret`, false],
    ['by no trigger of its own', `ONBUILD ${SECRET}`, false],
    ['in no stage that it leaves out', `${SECRET}\nFROM scratch`, false],
    ['by another frontend', '', true, 'build_args: { BUILDKIT_SYNTAX: team/own:1 }'],
  ])('%s', async (_, lines, expected, keys = '') => {
    const tree = await temporaryTree({
      'ensure.yaml': `images: { app: { build: { ${keys} } } }`,
      Dockerfile: `FROM scratch\n${lines}\n`,
    });
    const { images } = await resolveIn(tree);
    expect(images.get('app')?.build?.mayAskForSecrets).toBe(expected);
  });

  it('by a trigger of the parent that it begins with', async () => {
    const tree = await temporaryTree({
      'ensure.yaml':
        'images:\n  base: { build: { dockerfile: Base } }\n  app: { build: { parents: [base] } }\n  far: { build: { dockerfile: Far, parents: [app] } }\n',
      Base: `FROM scratch\nONBUILD ${SECRET}\n`,
      Dockerfile: 'FROM base\n',
      Far: 'FROM app\n',
    });
    const { images } = await resolveIn(tree);
    const asking = [...images].map(([key, { build }]) => [key, build?.mayAskForSecrets]);
    expect(Object.fromEntries(asking)).toEqual({ base: false, app: true, far: false });
  });
});

describe('files that several images share', () => {
  const SHARED = `images:
  one: { build: { directory: app, build_args: { N: "1" } } }
  two: { build: { directory: app, build_args: { N: "2" } } }
  other: { build: { directory: app, files: { only: [one] } } }
  same: { build: { directory: app, files: { only: [one] } } }
`;

  it('are listed once', async () => {
    const folder = await temporaryTree({ ...FILES, 'ensure.yaml': SHARED });
    const { images } = await resolveIn(folder);
    const listOf = (key: string) => images.get(key)?.build?.files.list;
    expect(listOf('two')).toBe(listOf('one'));
    expect(listOf('same')).toBe(listOf('other'));
    expect(listOf('other')?.hash).not.toBe(listOf('one')?.hash);
    expect(new Set([...images.values()].map(({ hash }) => hash)).size).toBe(3);
  });

  it('are listed anew for those who look again', async () => {
    const folder = await temporaryTree({ ...FILES, 'ensure.yaml': SHARED });
    const before = await hashesIn(folder);
    await writeFile(join(folder, 'app/one'), 'uno\n');
    const after = await hashesIn(folder);
    expect(Object.keys(after).filter((key) => after[key] === before[key])).toEqual([]);
  });

  it('are doubtful for each image, at its own place', async () => {
    const folder = await temporaryTree({
      ...FILES,
      'ensure.yaml': SHARED,
      'app/.git/config': '',
    });
    const { diagnostics } = await resolveIn(folder);
    const told = diagnostics.map(({ code, image, place }) => [code, image, place?.start]);
    const starts = ['one:', 'two:'].map((key) => SHARED.indexOf(key));
    expect(told).toEqual([
      ['git-in-files', 'one', starts[0]],
      ['git-in-files', 'two', starts[1]],
    ]);
  });

  it('have one ignore file for each Dockerfile that has its own', async () => {
    const manifest = `images:
  one: { build: { directory: app } }
  two: { build: { directory: app, dockerfile: Other } }
`;
    const folder = await temporaryTree({
      ...FILES,
      'ensure.yaml': manifest,
      'app/Other': 'FROM scratch\nCOPY . /\n',
      'app/Other.dockerignore': 'one\n',
    });
    const { images } = await resolveIn(folder);
    const paths = [...images.values()].map(({ build }) => [
      ...(build?.files.list.entries.keys() ?? []),
    ]);
    expect(paths[0]).toContain('one');
    expect(paths[1]).not.toContain('one');
  });
});
