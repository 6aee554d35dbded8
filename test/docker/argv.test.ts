import { describe, expect, it } from 'vitest';
import {
  findLocalArgv,
  inspectLabelsArgv,
  loginArgv,
  probeArgv,
  pullArgv,
  pushArgv,
  tagArgv,
  tagRemotelyArgv,
  untagArgv,
} from '../../src/docker/argv.ts';
import { buildArgv, buildEnvironment } from '../../src/docker/build-argv.ts';
import type { ContextFiles } from '../../src/model/file-list.ts';
import type { BoundParent, ResolvedBuild } from '../../src/model/resolved.ts';
import { imagine } from '../rig/imagined.ts';

const staged = {
  context: '/staged/context',
  dockerfile: '/staged/Dockerfile',
  additionalContexts: new Map([['', '/staged/context']]),
  metadataFile: '/staged/metadata',
};

function argvOf(
  keys: Partial<ResolvedBuild>,
  folders: readonly [string, string][] = [],
  offline = false,
): string[] {
  const { build } = imagine('app', { buildKeys: keys });
  const additionalContexts = new Map([...staged.additionalContexts, ...folders]);
  const names = ['app:1', 'host/app:1'];
  const request = { key: 'app', build: build!, names, staged: { ...staged, additionalContexts } };
  const argv = buildArgv(request, offline);
  // The hash is the last label of every build.
  const own = argv.indexOf(`dev.docker-ensure.hash=${build!.hash}`) - 1;
  expect(argv[own]).toBe('--label');
  return argv.toSpliced(own, 2);
}

const START = ['buildx', 'build'];
const OUTPUT = [
  '--load',
  '--tag',
  'app:1',
  '--tag',
  'host/app:1',
  '--progress',
  'rawjson',
  '--metadata-file',
  '/staged/metadata',
  '--file',
  '/staged/Dockerfile',
];
const PLATFORM = ['--platform', 'linux/amd64'];
const END = ['--', '/staged/context'];

function parent(own: Partial<BoundParent>): BoundParent {
  return {
    key: 'base',
    name: 'base',
    contexts: ['base'],
    ref: 'base:0123456789abcdef',
    hash: null,
    ...own,
  };
}

const folder: ContextFiles = {
  directory: '/project/shared',
  selected: [],
  list: { entries: new Map(), document: '{}', hash: '' },
};

const keyTable: readonly [string, Partial<ResolvedBuild>, readonly string[]][] = [
  ['nothing but what every build has', {}, []],
  ['target', { target: 'release' }, ['--target', 'release']],
  [
    'build_args and unhashed_build_args, by name only',
    {
      buildArgs: new Map([
        ['PYTHON', '3.12'],
        ['EMPTY', ''],
      ]),
      unhashedBuildArgs: new Map([['TOKEN', 'hunter2']]),
    },
    ['--build-arg', 'PYTHON', '--build-arg', 'EMPTY', '--build-arg', 'TOKEN'],
  ],
  [
    'labels, in their order',
    {
      labels: new Map([
        ['b', 'x=y z'],
        ['a', ''],
      ]),
    },
    ['--label', 'b=x=y z', '--label', 'a='],
  ],
  ['network', { network: 'none' }, ['--network', 'none']],
  [
    'extra_hosts',
    {
      extraHosts: new Map([
        ['mirror', '10.0.0.7'],
        ['six', '[::1]'],
      ]),
    },
    ['--add-host', 'mirror=10.0.0.7', '--add-host', 'six=[::1]'],
  ],
  ['shm_size', { shmSize: '128m' }, ['--shm-size', '128m']],
  ['ulimits', { ulimits: new Map([['nofile', '1024:2048']]) }, ['--ulimit', 'nofile=1024:2048']],
  [
    'secrets, from a variable and from a file',
    {
      secrets: [
        { id: 'npm', from: { env: 'NPM_TOKEN', value: 'hunter2' } },
        { id: 'key', from: { file: '/home/ann/key' } },
      ],
    },
    ['--secret', 'id=npm,env=DOCKER_ENSURE_SECRET_1', '--secret', 'id=key,src=/home/ann/key'],
  ],
  [
    'a secret whose file has a comma or a quote in its name',
    {
      secrets: [
        { id: 'a', from: { file: '/one,two' } },
        { id: 'b', from: { file: '/say "hi"' } },
        { id: 'c', from: { file: '/with blank' } },
      ],
    },
    [
      '--secret',
      'id=a,"src=/one,two"',
      '--secret',
      'id=b,"src=/say ""hi"""',
      '--secret',
      'id=c,src=/with blank',
    ],
  ],
  [
    'ssh: the agent, a key, several',
    {
      ssh: [
        { id: 'default', paths: [] },
        { id: 'deploy', paths: ['/keys/deploy'] },
        { id: 'two', paths: ['/keys/a', '/keys/b'] },
      ],
    },
    ['--ssh', 'default', '--ssh', 'deploy=/keys/deploy', '--ssh', 'two=/keys/a,/keys/b'],
  ],
  [
    'cache_from and cache_to',
    { cacheFrom: ['type=local,src=/c', 'team/app:cache'], cacheTo: ['type=inline'] },
    [
      '--cache-from',
      'type=local,src=/c',
      '--cache-from',
      'team/app:cache',
      '--cache-to',
      'type=inline',
    ],
  ],
  ['no_cache', { noCache: true }, ['--no-cache']],
  ['pull', { pull: true }, ['--pull']],
  // Docker would look for the parents too; the others are pulled one by one before.
  ['pull, with parents', { pull: true, parents: [parent({ contexts: [] })] }, []],
];

describe('the argv of a plain build', () => {
  it.each(keyTable)('has %s', (_, keys, words) => {
    expect(argvOf(keys)).toEqual([...START, ...OUTPUT, ...PLATFORM, ...words, ...END]);
  });

  it('names the builder first', () => {
    expect(argvOf({ builder: 'remote' })).toEqual([
      ...START,
      '--builder',
      'remote',
      ...OUTPUT,
      ...PLATFORM,
      ...END,
    ]);
  });

  it('has the platforms in one option', () => {
    const platforms = ['linux/amd64', 'linux/arm64'];
    expect(argvOf({ platforms })).toEqual([
      ...START,
      ...OUTPUT,
      '--platform',
      'linux/amd64,linux/arm64',
      ...END,
    ]);
  });

  const contexts = (argv: readonly string[]) =>
    argv.flatMap((word, index) => (argv[index - 1] === '--build-context' ? [word] : []));

  it('hands over a parent under each name that is asked for', () => {
    const base = parent({ contexts: ['base:1', 'base'], ref: 'base:1-0123456789abcdef' });
    expect(contexts(argvOf({ parents: [base] }))).toEqual([
      'base:1=docker-image://base:1-0123456789abcdef',
      'base=docker-image://base:1-0123456789abcdef',
    ]);
  });

  it.each([
    ['base:1', 'base:1'],
    ['base', 'base'],
    ['base', 'base:latest'],
    ['docker.io/library/base:1', 'base:1'],
    ['team/base', 'docker.io/team/base:latest'],
  ])('spares the context of a parent %s whose reference is %s', (name, ref) => {
    expect(contexts(argvOf({ parents: [parent({ contexts: [name], ref })] }))).toEqual([]);
  });

  it('spares the context of a parent that the Dockerfile does not ask for', () => {
    expect(contexts(argvOf({ parents: [parent({ contexts: [] })] }))).toEqual([]);
  });

  it('takes additional contexts from where they are staged, and others as they are written', () => {
    const argv = argvOf(
      {
        parents: [parent({})],
        additionalContexts: new Map([
          ['shared', { kind: 'folder', files: folder }],
          ['alpine', { kind: 'remote', source: 'docker-image://alpine:3' }],
        ]),
      },
      [['shared', '/staged/1']],
    );
    expect(contexts(argv)).toEqual([
      'base=docker-image://base:0123456789abcdef',
      'shared=/staged/1',
      'alpine=docker-image://alpine:3',
    ]);
  });

  it.each([
    ['type=local,src=/c', true],
    ['mode=max,type=local,dest=/c', true],
    ['type=inline', true],
    ['team/app:cache', false],
    ['type=registry,ref=team/app:cache', false],
    ['type=registry,ref=team/type=local', false],
    ['type=gha', false],
    ['type=s3,bucket=type', false],
  ])('has only caches on this machine offline: %s', (cache, stays) => {
    const keys = { cacheFrom: [cache], cacheTo: [cache] };
    const given = ['--cache-from', cache, '--cache-to', cache];
    expect(argvOf(keys).filter((word) => given.includes(word))).toEqual(given);
    const offline = argvOf(keys, [], true);
    expect(offline.filter((word) => given.includes(word))).toEqual(stays ? given : []);
  });

  it('does not pull offline', () => {
    expect(argvOf({ pull: true }, [], true)).not.toContain('--pull');
  });

  it('holds no value of an argument or a secret', () => {
    const value = 'hunter2-in-no-argv';
    const argv = argvOf({
      buildArgs: new Map([['A', value]]),
      unhashedBuildArgs: new Map([['B', value]]),
      secrets: [{ id: 's', from: { env: 'S', value } }],
    });
    expect(argv.join(' ')).not.toContain(value);
  });
});

it('gives a plain build the values of its arguments and secrets by its environment', () => {
  const { build } = imagine('app', {
    buildKeys: {
      buildArgs: new Map([['PYTHON', '3.12']]),
      unhashedBuildArgs: new Map([['TOKEN', 'hunter2']]),
      secrets: [
        // A build argument may have the name that the user gave the variable.
        { id: 'npm', from: { env: 'TOKEN', value: 'abc' } },
        { id: 'unset', from: { env: 'NOT_SET', value: null } },
        { id: 'key', from: { file: '/key' } },
      ],
    },
  });
  expect(buildEnvironment(build!)).toEqual({
    PYTHON: '3.12',
    TOKEN: 'hunter2',
    DOCKER_ENSURE_SECRET_1: 'abc',
  });
});

describe('the argv of', () => {
  it.each([
    [['x'], ['reference=x:latest']],
    [['docker.io/library/x:1'], ['reference=x:1']],
    [['docker.io/team/x:1'], ['reference=team/x:1']],
    [['index.docker.io/team/x:1'], ['reference=team/x:1']],
    [['registry.test:5000/team/x:1'], ['reference=registry.test:5000/team/x:1']],
    [
      ['a:1', 'b:2'],
      ['reference=a:1', 'reference=b:2'],
    ],
  ])('image ls for %s filters by the familiar form', (refs, filters) => {
    expect(findLocalArgv(refs)).toEqual([
      ...['image', 'ls', '--no-trunc', '--format', '{{json .}}'],
      ...filters.flatMap((filter) => ['--filter', filter]),
    ]);
  });

  it.each([
    [
      'labels',
      inspectLabelsArgv(['sha256:12', 'sha256:34']),
      ['image', 'inspect', '--format', '{{.Id}} {{json .Config.Labels}}', 'sha256:12', 'sha256:34'],
    ],
    [
      'a question to the registry',
      probeArgv('x:1'),
      [
        ...['buildx', 'imagetools', 'inspect', '--format'],
        '{"manifest":{{json .Manifest}},"image":{{json .Image}}}',
        'x:1',
      ],
    ],
    ['a pull', pullArgv('x:1', null), ['pull', '--quiet', 'x:1']],
    [
      'a pull for a platform',
      pullArgv('x:1', 'linux/arm64'),
      ['pull', '--quiet', '--platform', 'linux/arm64', 'x:1'],
    ],
    ['a push', pushArgv('x:1'), ['push', '--quiet', 'x:1']],
    [
      'a tag in the registry',
      tagRemotelyArgv('r.test/x:1', 'r.test/x:2', true),
      [
        ...['buildx', 'imagetools', 'create', '--prefer-index=false', '--tag'],
        ...['r.test/x:2', 'r.test/x:1'],
      ],
    ],
    [
      'the same with an old buildx',
      tagRemotelyArgv('r.test/x:1', 'r.test/x:2', false),
      ['buildx', 'imagetools', 'create', '--tag', 'r.test/x:2', 'r.test/x:1'],
    ],
    ['the removal of a tag', untagArgv('x:1'), ['image', 'rm', '--no-prune', 'x:1']],
    ['a tag', tagArgv('sha256:12', 'x:1'), ['tag', 'sha256:12', 'x:1']],
    [
      'a login',
      loginArgv('registry.test:5000', 'ann'),
      ['login', '--username', 'ann', '--password-stdin', 'registry.test:5000'],
    ],
    [
      'a login at Docker Hub',
      loginArgv(null, 'ann'),
      ['login', '--username', 'ann', '--password-stdin'],
    ],
  ])('%s is as docker has it', (_, argv, expected) => {
    expect(argv).toEqual(expected);
  });
});
