import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../src/graph/build-graph.ts';
import { DEFAULT_LIMITS } from '../../src/model/registry.ts';
import { NO_OPTIONS } from '../rig/imagined.ts';
import { read, readBuild, readImage } from './reading.ts';

/** As HTTP and docker's configuration carry a user's name and password. */
const base64 = (text: string) => Buffer.from(text).toString('base64');

const DESIGN_EXAMPLE = `
registries:
  team:
    server: registry.example.com:5000
    username: \${REGISTRY_USER}
    password: \${REGISTRY_PASSWORD}
defaults:
  registry: team
  with_hash: true
images:
  base:
    build:
      dockerfile: base.Dockerfile
      files: nothing
      interval: 1d
  app:
    name: team/app
    version: "1.4"
    build:
      directory: app
      files: { only: [requirements.txt, "src/**/*.py"] }
      parents: [base]
      build_args: { PYTHON: "3.12" }
      unhashed_build_args: { REPO_TOKEN: "\${REPO_TOKEN}" }
  postgres:
    version: "16"
    registry: null
`;
const VARIABLES = { REGISTRY_USER: 'me', REGISTRY_PASSWORD: 's3cret', REPO_TOKEN: 't0ken' };

describe('a whole manifest', () => {
  const { manifest, diagnostics } = read(DESIGN_EXAMPLE, VARIABLES);

  test('has no mistakes', () => {
    expect(diagnostics).toEqual([]);
  });

  test('knows its folder, its registries and its secrets', () => {
    expect(manifest).toMatchObject({ path: '/project/ensure.yaml', folder: '/project' });
    expect([...(manifest?.registries.values() ?? [])]).toEqual([
      {
        key: 'team',
        server: 'registry.example.com:5000',
        credentials: { username: 'me', password: { value: 's3cret' } },
        limits: DEFAULT_LIMITS,
      },
    ]);
    expect(manifest?.secrets).toEqual(['s3cret', base64('me:s3cret'), 't0ken']);
  });

  test('keeps the images in the order of the file, and orders the graph by parents', () => {
    expect([...(manifest?.images.keys() ?? [])]).toEqual(['base', 'app', 'postgres']);
    const { graph } = buildGraph(manifest!.images);
    expect(graph?.order).toEqual(['base', 'app', 'postgres']);
    expect(graph?.parents('app')).toEqual(['base']);
  });

  test('applies the defaults', () => {
    const [base, app, postgres] = [...(manifest?.images.values() ?? [])];
    expect(base).toMatchObject({ name: 'base', version: null, withHash: true, hashLength: 16 });
    expect(app).toMatchObject({
      name: 'team/app',
      version: '1.4',
      homes: [{ registry: { key: 'team' } }],
    });
    expect(postgres).toMatchObject({ version: '16', homes: [], withHash: false, build: null });
  });

  test('makes paths absolute', () => {
    const app = manifest?.images.get('app')?.build;
    expect(app?.directory).toBe('/project/app');
    expect(app?.dockerfile).toEqual({ kind: 'file', path: '/project/app/Dockerfile' });
    expect(manifest?.images.get('base')?.build?.dockerfile).toMatchObject({
      kind: 'file',
      path: '/project/base.Dockerfile',
    });
  });
});

test('an image of which nothing is said has every default', () => {
  const { place, ...image } = readImage('postgres', 'images:\n  postgres:\n');
  expect(place).toMatchObject({ start: 10, end: 18 });
  expect(image).toEqual({
    key: 'postgres',
    folder: '/project',
    name: 'postgres',
    version: null,
    withHash: false,
    hashLength: 16,
    forceBuild: false,
    homes: [],
    prependServer: true,
    remotePolicy: 'all',
    require: 'local',
    onRegistryError: 'fail',
    tags: [],
    skipChecks: new Set(),
    tests: [],
    build: null,
  });
});

test('a build of which nothing is said has every default', () => {
  expect(readImage('app', 'images: { app: { build: {} } }').build).toEqual({
    directory: '/project',
    dockerfile: { kind: 'file', path: '/project/Dockerfile' },
    files: { kind: 'copied' },
    parents: [],
    metadata: null,
    interval: null,
    cache: null,
    platforms: null,
    additionalContexts: new Map(),
    contextFiles: new Map(),
    ...NO_OPTIONS,
    places: new Map(),
  });
});

test('every key of build is read', () => {
  const build = readBuild(
    `
directory: /srv/app
dockerfile: ../docker/app
build_args: { A: 1, B: }
metadata: { reason: new mirror }
interval: { every: 12h, offset: 2024-01-01 }
platforms: [linux/arm64]
target: production
labels: { org.example.team: core }
network: none
extra_hosts: { mirror: 10.0.0.7 }
additional_contexts: { common: ../common, conf: { directory: ../conf, files: { only: [a] } } }
shm_size: 64m
ulimits: { nofile: 1024:2048, nproc: 65535 }
secrets: [{ id: npm, env: NPM_TOKEN }, { id: key, src: keys/key }, "id=pip,source=pip.conf"]
ssh: [default, "deploy=keys/a,/keys/b"]
cache: inline
cache_from: [type=inline]
cache_to: [type=inline]
no_cache: true
pull: true
builder: big`,
    { B: 'b' },
  );
  const { places, ...values } = build;
  expect(values).toMatchObject({
    directory: '/srv/app',
    dockerfile: { kind: 'file', path: '/srv/docker/app' },
    buildArgs: new Map([
      ['A', ['1']],
      ['B', ['b']],
    ]),
    metadata: new Map([['reason', ['new mirror']]]),
    interval: { seconds: 43_200, offset: Date.UTC(2024, 0, 1) },
    platforms: [['linux/arm64']],
    target: ['production'],
    labels: new Map([['org.example.team', ['core']]]),
    network: ['none'],
    extraHosts: new Map([['mirror', ['10.0.0.7']]]),
    additionalContexts: new Map([
      ['common', ['../common']],
      ['conf', ['../conf']],
    ]),
    contextFiles: new Map([['conf', { kind: 'patterns', only: [{ text: 'a' }], allBut: null }]]),
    shmSize: ['64m'],
    ulimits: new Map([
      ['nofile', ['1024:2048']],
      ['nproc', ['65535']],
    ]),
    secrets: [
      { id: 'npm', from: { env: 'NPM_TOKEN' } },
      { id: 'key', from: { file: '/project/keys/key' } },
      { id: 'pip', from: { file: '/project/pip.conf' } },
    ],
    ssh: [
      { id: 'default', paths: [] },
      { id: 'deploy', paths: ['/project/keys/a', '/keys/b'] },
    ],
    cache: { kind: 'inline' },
    cacheFrom: [['type=inline']],
    cacheTo: [['type=inline']],
    noCache: true,
    pull: true,
    builder: ['big'],
  });
  expect(places.get('target')?.source.text.slice(places.get('target')?.start)).toMatch(
    /^production/,
  );
  expect(places.get('build_args.B')?.source.text.slice(places.get('build_args.B')?.start)).toMatch(
    /^B: }/,
  );
});

describe('where a string is expected', () => {
  test.each([
    ['3.10', '3.10'],
    ['0x1F', '0x1F'],
    ['1e3', '1e3'],
    ['true', 'true'],
    ['2024-01-01', '2024-01-01'],
    ['007', '007'],
    ['.inf', '.inf'],
    ['"3.10"', '3.10'],
    ["'it''s'", "it's"],
  ])('%s is %s', (typed, text) => {
    expect(readBuild(`build_args: { A: ${typed} }`).buildArgs.get('A')).toEqual([text]);
  });
});

describe('null', () => {
  const defaults =
    'registries: { hub: {} }\ndefaults: { registry: hub, version: "1", build: { target: a } }\n';

  test('resets a default', () => {
    const image = readImage(
      'app',
      `${defaults}images:\n  app: { registry: ~, version: null, build: { target: } }`,
    );
    expect(image).toMatchObject({ homes: [], version: null, build: { target: null } });
  });

  test.each(['registries:', 'defaults: ~', 'registries: { hub: ~ }'])(
    '%s is like nothing',
    (line) => {
      expect(read(`${line}\nimages: { app: ~ }`).diagnostics).toEqual([]);
    },
  );
});

test('an empty string is none where a string is optional, so that ${VAR:-} can be used', () => {
  const image = readImage(
    'app',
    `registries: { team: { username: "\${USER:-}", password: "\${PASSWORD:-}", server: "" } }
images: { app: { version: "\${TAG:-}", registry: "\${REGISTRY:-}", build: { target: "" } } }`,
  );
  expect(image).toMatchObject({ version: null, homes: [], build: { target: null } });
});

test('what must never be shown: passwords, unhashed build arguments, variables of secrets', () => {
  const { manifest } = read(
    `registries: { r: { username: u, password: pw } }
images:
  app:
    build:
      build_args: { OPEN: shown }
      unhashed_build_args: { TOKEN: abc, FROM_ENV: , UNSET: , EMPTY: "" }
      secrets: [{ id: npm, env: NPM_TOKEN }, { id: gone, env: GONE }]`,
    { FROM_ENV: 'def', NPM_TOKEN: 'ghi' },
  );
  expect(manifest?.secrets).toEqual(['pw', base64('u:pw'), 'ghi', 'abc', 'def']);
  expect(manifest?.images.get('app')?.build?.unhashedBuildArgs).toEqual(
    new Map([
      ['TOKEN', ['abc']],
      ['FROM_ENV', ['def']],
      ['EMPTY', ['']],
    ]),
  );
});
