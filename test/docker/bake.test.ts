import { describe, expect, it } from 'vitest';
import { bakeArgv, bakeDefinition, isExact } from '../../src/docker/bake.ts';
import type { BuildGroup, BuildRequest } from '../../src/docker/port.ts';
import type { ContextFiles } from '../../src/model/file-list.ts';
import type { ResolvedBuild } from '../../src/model/resolved.ts';
import { imagine } from '../rig/imagined.ts';

function requestOf(keys: Partial<ResolvedBuild>, key = 'app'): BuildRequest {
  return {
    key,
    build: { ...imagine('app', { buildKeys: keys }).build!, hash: 'f00', inputs: '{"a":1}' },
    names: [`${key}:1`, `host:5000/${key}:1`],
    staged: {
      context: '/staged/context',
      dockerfile: '/staged/Dockerfile',
      additionalContexts: new Map([['shared', '/staged/1']]),
      metadataFile: '/staged/metadata',
    },
  };
}

function groupOf(builds: readonly BuildRequest[], offline = false): BuildGroup {
  return { builds, offline, onBuilt: () => {}, onLog: () => {} };
}

/** The lines that such a build has beside those that each has. */
function linesOf(keys: Partial<ResolvedBuild>, offline = false): string[] {
  const lines = bakeDefinition(groupOf([requestOf(keys)], offline)).split('\n');
  return lines.filter((line) => !USUAL.includes(line)).map((line) => line.trim());
}

const LABELS = '"dev.docker-ensure.hash" = "f00", "dev.docker-ensure.inputs" = "{\\"a\\":1}"';

const USUAL = [
  'target "image-1" {',
  '  context = "/staged/context"',
  '  dockerfile = "/staged/Dockerfile"',
  '  output = ["type=docker,\\"name=app:1,host:5000/app:1\\""]',
  '  platforms = ["linux/amd64"]',
  `  labels = { ${LABELS} }`,
  '}',
  '',
];

const folder: ContextFiles = {
  directory: '/project/shared',
  selected: [],
  list: { entries: new Map(), document: '{}', hash: '' },
};

describe('the definition of a build', () => {
  it('has where its files are, the names of the image, and our labels', () => {
    expect(bakeDefinition(groupOf([requestOf({})]))).toBe(USUAL.join('\n'));
  });

  it.each<[string, Partial<ResolvedBuild>, readonly string[]]>([
    ['target', { target: 'release' }, ['target = "release"']],
    [
      'build_args and unhashed_build_args',
      {
        buildArgs: new Map([
          ['PYTHON', '3.12'],
          ['EMPTY', ''],
        ]),
        unhashedBuildArgs: new Map([['TOKEN', 'hunter2']]),
      },
      ['args = { "PYTHON" = "3.12", "EMPTY" = "", "TOKEN" = "hunter2" }'],
    ],
    [
      'labels, ours last',
      { labels: new Map([['b', 'x=y z']]) },
      [`labels = { "b" = "x=y z", ${LABELS} }`],
    ],
    ['labels, ours for theirs', { labels: new Map([['dev.docker-ensure.hash', 'theirs']]) }, []],
    ['network', { network: 'none' }, ['network = "none"']],
    [
      'extra_hosts',
      {
        extraHosts: new Map([
          ['mirror', '10.0.0.7'],
          ['six', '[::1]'],
        ]),
      },
      ['extra-hosts = { "mirror" = "10.0.0.7", "six" = "[::1]" }'],
    ],
    [
      'additional_contexts',
      {
        additionalContexts: new Map([
          ['shared', { kind: 'folder' as const, files: folder }],
          ['alpine', { kind: 'remote' as const, source: 'docker-image://alpine:3' }],
        ]),
      },
      ['contexts = { "shared" = "/staged/1", "alpine" = "docker-image://alpine:3" }'],
    ],
    ['shm_size', { shmSize: '128m' }, ['shm-size = "128m"']],
    [
      'ulimits',
      { ulimits: new Map([['nofile', '1024:2048']]) },
      ['ulimits = ["nofile=1024:2048"]'],
    ],
    [
      'secrets, their values elsewhere',
      {
        secrets: [
          { id: 'npm', from: { env: 'NPM_TOKEN', value: 'hunter2' } },
          { id: 'key', from: { file: '/say "hi", ann' } },
        ],
      },
      [
        'secret = ["id=npm,env=DOCKER_ENSURE_SECRET_1", "id=key,\\"src=/say \\"\\"hi\\"\\", ann\\""]',
      ],
    ],
    [
      'ssh',
      {
        ssh: [
          { id: 'default', paths: [] },
          { id: 'two', paths: ['/keys/a', '/keys/b'] },
        ],
      },
      ['ssh = ["default", "two=/keys/a,/keys/b"]'],
    ],
    [
      'caches',
      { cacheFrom: ['team/app:cache'], cacheTo: ['type=inline'] },
      ['cache-from = ["team/app:cache"]', 'cache-to = ["type=inline"]'],
    ],
    ['no_cache', { noCache: true }, ['no-cache = true']],
    ['pull', { pull: true }, ['pull = true']],
  ])('has %s', (_, keys, lines) => {
    expect(linesOf(keys)).toEqual(lines);
  });

  it('has several platforms in one list', () => {
    expect(linesOf({ platforms: ['linux/amd64', 'linux/arm64'] })).toEqual([
      'platforms = ["linux/amd64", "linux/arm64"]',
    ]);
  });

  it('asks no registry offline', () => {
    const keys = { pull: true, cacheFrom: ['team/app:cache', 'type=local,src=/c'] };
    expect(linesOf(keys, true)).toEqual(['cache-from = ["type=local,src=/c"]']);
  });

  it.each([
    ['${HOME}', '\\u0024{HOME}'],
    ['$$', '\\u0024\\u0024'],
    ['%{if}', '\\u0025{if}'],
    ['"\\\n\t\r', '\\"\\\\\\n\\t\\r'],
    ['\b\f\u0001', '\\u0008\\u000c\\u0001'],
    // What is an escape already is not escaped anew.
    ['\\b\\f', '\\\\b\\\\f'],
    ['\u{1f600}', '\u{1f600}'],
  ])('has the text %j as it is', (text, written) => {
    expect(linesOf({ target: text })).toEqual([`target = "${written}"`]);
  });

  it('is not exact where HCL would compose its characters', () => {
    expect(isExact(bakeDefinition(groupOf([requestOf({ target: '\u00e9' })])))).toBe(true);
    expect(isExact(bakeDefinition(groupOf([requestOf({ target: 'e\u0301' })])))).toBe(false);
  });
});

describe('the definition of a group', () => {
  const parent = (key: string) => ({
    key,
    name: key,
    contexts: [key, `${key}:1`],
    ref: `${key}:1`,
    hash: null,
  });
  const secret = (env: string) => ({ id: 'npm', from: { env, value: env } });

  it('gives a child the parent that is built with it, and one that is here', () => {
    const child = requestOf({ parents: [parent('base'), parent('here')] }, 'app');
    const definition = bakeDefinition(groupOf([requestOf({}, 'base'), child]));
    expect(definition).toContain('target "image-2" {');
    expect(definition).toContain(
      'contexts = { "base" = "target:image-1", "base:1" = "target:image-1", "here" = "docker-image://here:1" }',
    );
  });

  it('gives a child the parent that it has as an additional context, by its reference', () => {
    const source = 'docker-image://base:1';
    const additionalContexts = new Map([['own', { kind: 'remote', source } as const]]);
    const child = requestOf(
      { parents: [{ ...parent('base'), contexts: [] }], additionalContexts },
      'app',
    );
    expect(bakeDefinition(groupOf([requestOf({}, 'base'), child]))).toContain(
      'contexts = { "own" = "target:image-1" }',
    );
    expect(bakeDefinition(groupOf([child]))).toContain(
      'contexts = { "own" = "docker-image://base:1" }',
    );
  });

  it('tells the secrets of its images apart', () => {
    const builds = [requestOf({ secrets: [secret('A')] }), requestOf({ secrets: [secret('B')] })];
    const lines = bakeDefinition(groupOf(builds)).split('\n');
    expect(lines.filter((line) => line.includes('secret ='))).toEqual([
      '  secret = ["id=npm,env=DOCKER_ENSURE_SECRET_1"]',
      '  secret = ["id=npm,env=DOCKER_ENSURE_SECRET_2"]',
    ]);
  });
});

describe('the argv of a build', () => {
  it('has no value of its own', () => {
    const request = requestOf({ buildArgs: new Map([['A', 'hunter2']]), builder: 'remote' });
    expect(bakeArgv(groupOf([request]))).toEqual([
      ...['buildx', 'bake', '--builder', 'remote'],
      ...['--progress', 'rawjson', '--metadata-file', '/staged/metadata', '--file', '-', 'image-1'],
    ]);
  });

  it('asks for the network of the host', () => {
    const argv = bakeArgv(groupOf([requestOf({ network: 'host' })]));
    expect(argv.slice(0, 4)).toEqual(['buildx', 'bake', '--allow', 'network.host']);
  });
});
