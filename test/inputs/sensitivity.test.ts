import { afterAll, describe, expect, it } from 'vitest';
import schema from '../../schema/ensure.schema.json' with { type: 'json' };
import { type Imagined, resolved } from '../rig/hashing.ts';
import { emptyFolder, fileOf, linkTo, temporaryFolder } from '../rig/temporary-tree.ts';

const file = (text: string) => fileOf(text, 0o644);

/** A project in which `app` has every key, a parent and a grandparent. */
function usual(): Imagined {
  return {
    manifest: {
      registries: { team: { server: 'registry.example.com:5000' } },
      images: {
        root: { build: { directory: 'root' } },
        base: { version: '1', build: { dockerfile: 'Base', files: 'nothing', parents: ['root'] } },
        debian: { version: '12' },
        spare: { build: { directory: 'root' } },
        app: {
          name: 'team/app',
          version: '1.4',
          with_hash: true,
          build: {
            directory: 'app',
            dockerfile: '../App',
            files: 'all',
            build_args: { A: 'BC', EMPTY: '', GIVEN: null, UNSET: null },
            unhashed_build_args: { TOKEN: 'word' },
            parents: ['base', 'debian'],
            metadata: { reason: 'mirror' },
            interval: { every: '1d', offset: '2000-01-01T00:00:00Z' },
            platforms: ['linux/amd64'],
            target: 'one',
            labels: { label: 'text' },
            network: 'none',
            extra_hosts: { mirror: '10.0.0.7' },
            additional_contexts: { shared: 'shared', tools: 'docker-image://tools:1' },
            shm_size: '64m',
            ulimits: { nofile: '1024' },
            secrets: [{ id: 'npm', env: 'NPM_TOKEN' }],
            ssh: ['default'],
          },
        },
        plain: { build: { directory: 'plain' } },
      },
    },
    files: {
      'root/Dockerfile': file('FROM scratch\n'),
      'root/file': file('root\n'),
      Base: file('FROM root\n'),
      App: file('FROM base:1 AS one\nCOPY . /\nFROM base:1 AS two\n'),
      'app/a': file('one\n'),
      'app/b': file('two\n'),
      'app/empty': file(''),
      'app/run': fileOf('#!/bin/sh\n', 0o755),
      'app/link': linkTo('a'),
      'app/folder/c': file('three\n'),
      'app/other/d': file('four\n'),
      'shared/.dockerignore': file('*.log\n'),
      'shared/s': file('shared\n'),
      'plain/Dockerfile': file('FROM scratch\n'),
    },
    env: { GIVEN: 'from the environment' },
    at: '2026-01-31T12:00:00Z',
    platform: 'linux/amd64',
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a manifest may be anything
type Change = (build: any, project: Imagined, image: any) => unknown;

/** The hash of `app`, after a change. */
async function hashAfter(folder: string, change: Change, image = 'app'): Promise<string> {
  const project = usual();
  const { app, plain } = project.manifest.images;
  change((image === 'app' ? app : plain).build, project, app);
  const images = await resolved(folder, project);
  const hash = images.get(image)?.hash;
  if (!hash) throw new Error('no hash');
  return hash;
}

const rename = (files: Imagined['files'], from: string, to: string) => {
  const entry = files[from];
  if (entry === undefined) throw new Error(`there is no ${from}`);
  delete files[from];
  files[to] = entry;
};

/** What makes another image, by the key of `build` that it is about; each must have its own hash. */
const OTHER: Record<string, Record<string, Change>> = {
  directory: {
    'one byte of a file': (_, { files }) => (files['app/a'] = file('onf\n')),
    'one byte more': (_, { files }) => (files['app/a'] = file('one\n\n')),
    'another end of line': (_, { files }) => (files['app/a'] = file('one\r\n')),
    'a renamed file': (_, { files }) => rename(files, 'app/a', 'app/a2'),
    'a name in capitals': (_, { files }) => rename(files, 'app/a', 'app/A'),
    'a file in another folder': (_, { files }) => rename(files, 'app/folder/c', 'app/other/c'),
    'a renamed folder': (_, { files }) => rename(files, 'app/folder/c', 'app/folder2/c'),
    'an added file': (_, { files }) => (files['app/new'] = file('new\n')),
    'an added empty file': (_, { files }) => (files['app/new'] = file('')),
    'a removed file': (_, { files }) => delete files['app/b'],
    'a removed empty file': (_, { files }) => delete files['app/empty'],
    'the contents of two files swapped': (_, { files }) => {
      files['app/a'] = file('two\n');
      files['app/b'] = file('one\n');
    },
    'an executable bit set': (_, { files }) => (files['app/a'] = fileOf('one\n', 0o755)),
    'an executable bit for the owner alone': (_, { files }) =>
      (files['app/b'] = fileOf('two\n', 0o744)),
    'an executable bit taken': (_, { files }) => (files['app/run'] = file('#!/bin/sh\n')),
    "a link's target": (_, { files }) => (files['app/link'] = linkTo('b')),
    "a link's target in other words": (_, { files }) => (files['app/link'] = linkTo('./a')),
    'a file in the place of a link': (_, { files }) => (files['app/link'] = file('one\n')),
    'a file with the text of a link': (_, { files }) => (files['app/link'] = file('a')),
    'a link in the place of a file': (_, { files }) => (files['app/b'] = linkTo('a')),
    'a folder in the place of a file': (_, { files }) => rename(files, 'app/a', 'app/a/a'),
    'a name and its content, differently divided': (_, { files }) => {
      delete files['app/a'];
      files['app/ao'] = file('ne\n');
    },
    'another folder': (build) => (build.directory = 'shared'),
  },
  dockerfile: {
    'one byte': (_, { files }) =>
      (files.App = file('FROM base:1 AS one\nCOPY . /x\nFROM base:1 AS two\n')),
    'a blank at its end': (_, { files }) =>
      (files.App = file('FROM base:1 AS one\nCOPY . /\nFROM base:1 AS two\n ')),
    'ends of lines': (_, { files }) =>
      (files.App = file('FROM base:1 AS one\r\nCOPY . /\r\nFROM base:1 AS two\r\n')),
    'another one': (build, { files }) => {
      files.Other = file('FROM base:1 AS one\n');
      build.dockerfile = '../Other';
    },
  },
  dockerfile_inline: {
    'another text': (build) => {
      delete build.dockerfile;
      build.dockerfile_inline = 'FROM base:1 AS one\nRUN true\n';
    },
    'another variable in it': (build, { env }) => {
      delete build.dockerfile;
      build.dockerfile_inline = 'FROM base:1 AS one\nRUN ${COMMAND}\n';
      env.COMMAND = 'false';
    },
  },
  files: {
    'fewer files': (build) => (build.files = { all_but: ['folder'] }),
    'other files': (build) => (build.files = { only: ['folder'] }),
    'no files': (build) => (build.files = 'nothing'),
  },
  build_args: {
    'another value': (build) => (build.build_args.A = 'BD'),
    'another name': (build) => {
      delete build.build_args.A;
      build.build_args.B = 'BC';
    },
    'name and value, differently divided': (build) => {
      delete build.build_args.A;
      build.build_args.AB = 'C';
    },
    'one more': (build) => (build.build_args.B = 'BC'),
    'one more, empty': (build) => (build.build_args.B = ''),
    'one fewer': (build) => delete build.build_args.A,
    'a value in the place of an empty one': (build) => (build.build_args.EMPTY = ' '),
    'absent in the place of empty': (build) => delete build.build_args.EMPTY,
    'unset in the place of empty': (build) => (build.build_args.EMPTY = null),
    'the value of a variable': (_, { env }) => (env.GIVEN = 'another'),
    'an empty variable': (_, { env }) => (env.GIVEN = ''),
    'a variable that is unset': (_, { env }) => delete env.GIVEN,
    'a variable that is set': (_, { env }) => (env.UNSET = 'set'),
    'a variable that is set, but empty': (_, { env }) => (env.UNSET = ''),
    'two values swapped': (build) => Object.assign(build.build_args, { A: '', EMPTY: 'BC' }),
    'a number in other words': (build) => (build.build_args.A = 1.5),
    'a line end': (build) => (build.build_args.A = 'BC\n'),
    'what looks like JSON': (build) => (build.build_args.A = '","B":"'),
    __proto__: (build) =>
      (build.build_args = JSON.parse('{"A":"BC","EMPTY":"","GIVEN":null,"__proto__":"x"}')),
  },
  parents: {
    "a byte of a grandparent's file": (_, { files }) => (files['root/file'] = file('roof\n')),
    "a byte of a parent's Dockerfile": (_, { files }) => (files.Base = file('FROM root\n#\n')),
    "a parent's own argument": (_, { manifest }) =>
      (manifest.images.base.build.build_args = { X: 'y' }),
    "a parent's name": (_, { manifest, files }) => {
      manifest.images.base.name = 'base2';
      files.App = file('FROM base:1 AS one\nCOPY . /\nFROM base:1 AS two\n');
    },
    "a parent's version": (_, { manifest }) => (manifest.images.base.version = '2'),
    'the reference of one that is not built': (_, { manifest }) =>
      (manifest.images.debian.version = '13'),
    'one more': (build) => build.parents.push('spare'),
    'one more, by its reference': (build) => (build.build_args.A = '${images.spare.ref}'),
    'one fewer': (build) => build.parents.pop(),
  },
  metadata: {
    'another value': (build) => (build.metadata.reason = 'mirrors'),
    'another key': (build) => (build.metadata = { reasons: 'mirror' }),
    'one more': (build) => (build.metadata.more = ''),
    none: (build) => delete build.metadata,
    'a string': (build) => (build.metadata = 'mirror'),
    'another string': (build) => (build.metadata = '{"reason":"mirror"}'),
  },
  interval: {
    'the next one': (_, project) => (project.at = '2026-02-01T00:00:00Z'),
    'the one before': (_, project) => (project.at = '2026-01-30T23:59:59Z'),
    'another length': (build) => (build.interval.every = '2d'),
    'a length of as many turns': (build) => (build.interval.every = '86401s'),
    'another offset': (build) => (build.interval.offset = '2000-01-03T00:00:00Z'),
    none: (build) => delete build.interval,
  },
  target: {
    'another stage': (build) => (build.target = 'two'),
    none: (build) => delete build.target,
  },
  platforms: {
    'another one': (build) => (build.platforms = ['linux/arm64']),
    'a variant': (build) => (build.platforms = ['linux/amd64/v3']),
    'another one of the run': (build, project) => {
      delete build.platforms;
      project.platform = 'linux/arm/v7';
    },
  },
  labels: {
    'another value': (build) => (build.labels.label = 'texts'),
    'another name': (build) => (build.labels = { labels: 'text' }),
    'name and value, differently divided': (build) => (build.labels = { labelt: 'ext' }),
    'one more': (build) => (build.labels.more = ''),
    none: (build) => delete build.labels,
  },
  network: {
    'another one': (build) => (build.network = 'host'),
    'the default, by its name': (build) => (build.network = 'default'),
    none: (build) => delete build.network,
  },
  extra_hosts: {
    'another address': (build) => (build.extra_hosts.mirror = '10.0.0.8'),
    'another name': (build) => (build.extra_hosts = { mirrors: '10.0.0.7' }),
    none: (build) => delete build.extra_hosts,
  },
  additional_contexts: {
    'a byte of a file in a folder': (_, { files }) => (files['shared/s'] = file('sharee\n')),
    'its ignore file': (_, { files }) => (files['shared/.dockerignore'] = file('*.txt\n')),
    'another name': (build) => {
      build.additional_contexts = { shared2: 'shared', tools: 'docker-image://tools:1' };
    },
    'another image': (build) => (build.additional_contexts.tools = 'docker-image://tools:2'),
    'an image in the place of a folder': (build) =>
      (build.additional_contexts.shared = 'docker-image://shared'),
    'two swapped': (build) =>
      (build.additional_contexts = { shared: 'docker-image://tools:1', tools: 'shared' }),
    'one more': (build) => (build.additional_contexts.more = 'shared'),
    none: (build) => delete build.additional_contexts,
  },
  shm_size: {
    'another size': (build) => (build.shm_size = '65m'),
    'the same in other words': (build) => (build.shm_size = '65536k'),
    none: (build) => delete build.shm_size,
  },
  ulimits: {
    'another limit': (build) => (build.ulimits.nofile = '1025'),
    'a hard one': (build) => (build.ulimits.nofile = '1024:1024'),
    'of something else': (build) => (build.ulimits = { nproc: '1024' }),
    none: (build) => delete build.ulimits,
  },
  secrets: {
    'another id': (build) => (build.secrets[0].id = 'pip'),
    'one more': (build) => build.secrets.push({ id: 'pip', env: 'PIP_TOKEN' }),
    none: (build) => delete build.secrets,
  },
  ssh: {
    'another id': (build) => (build.ssh = ['deploy']),
    'one more': (build) => build.ssh.push('deploy=key'),
    none: (build) => delete build.ssh,
  },
};

/** What makes the same image, by the key that it is about: the hash is the same. */
const SAME: Record<string, Record<string, Change>> = {
  unhashed_build_args: {
    'another value': (build) => (build.unhashed_build_args.TOKEN = 'words'),
    'another name': (build) => (build.unhashed_build_args = { OTHER: null }),
    none: (build) => delete build.unhashed_build_args,
  },
  cache_from: { one: (build) => (build.cache_from = ['type=registry,ref=cache']) },
  cache_to: { one: (build) => (build.cache_to = ['type=inline']) },
  no_cache: { true: (build) => (build.no_cache = true) },
  pull: { true: (build) => (build.pull = true) },
  builder: { one: (build) => (build.builder = 'remote') },
  secrets: {
    'another variable': (build) => (build.secrets[0].env = 'OTHER'),
    'another value': (_, { env }) => (env.NPM_TOKEN = 'word'),
    'a file': (build, { files }) => {
      build.secrets = ['id=npm,src=token'];
      files.token = file('word');
    },
  },
  ssh: { 'another socket': (build) => (build.ssh = ['default=socket']) },
  name: { another: (_, __, image) => (image.name = 'team/other') },
  version: {
    another: (_, __, image) => (image.version = '2'),
    none: (_, __, image) => delete image.version,
  },
  with_hash: { false: (_, __, image) => (image.with_hash = false) },
  hash_len: { another: (_, __, image) => (image.hash_len = 12) },
  force_build: { true: (_, __, image) => (image.force_build = true) },
  registry: { one: (_, __, image) => (image.registry = 'team') },
  prepend_server: { false: (_, __, image) => (image.prepend_server = false) },
  remote_policy: { another: (_, __, image) => (image.remote_policy = 'none') },
  skip_checks: { one: (_, __, image) => (image.skip_checks = ['unknown-argument']) },
  build: {
    'from the defaults': (build, { manifest }) => {
      manifest.defaults = { build: { target: build.target, shm_size: '1m' } };
      delete build.target;
      for (const { build: own } of Object.values(manifest.images) as { build?: object }[])
        if (own !== undefined && own !== build)
          Object.assign(own, { target: null, shm_size: null });
    },
    'by an anchor': (build, { manifest }) => {
      manifest['x-labels'] = build.labels;
      manifest.images.spare.build.labels = build.labels;
    },
  },
  directory: {
    'a renamed one': (build, { files }) => {
      for (const path of Object.keys(files).filter((name) => name.startsWith('app/')))
        rename(files, path, path.replace('app/', 'moved/deep/'));
      Object.assign(build, { directory: 'moved/deep', dockerfile: '../../App' });
    },
    'in other words': (build) => (build.directory = './shared/../app/'),
    'an empty folder': (_, { files }) => (files['app/void'] = emptyFolder),
    'the modes of group and others': (_, { files }) => {
      files['app/a'] = fileOf('one\n', 0o640);
      files['app/b'] = fileOf('two\n', 0o655);
      files['app/run'] = fileOf('#!/bin/sh\n', 0o700);
    },
  },
  dockerfile: {
    'another path': (build, { files }) => {
      rename(files, 'App', 'docker/Any');
      build.dockerfile = '../docker/Any';
    },
  },
  dockerfile_inline: {
    'the same text': (build, { files }) => {
      delete build.dockerfile;
      build.dockerfile_inline = 'FROM base:1 AS one\nCOPY . ${ROOT:-/}\nFROM base:1 AS two\n';
      delete files.App;
    },
  },
  files: {
    'other words for the same files': (build) => (build.files = { only: ['**', 'a', '!nothing'] }),
    'an ignore file that does not count': (_, { files }) =>
      (files['App.dockerignore'] = file('**\n')),
    'a file that is not seen': (build, { files }) => {
      build.files = { all_but: ['*.log'] };
      files['app/new.log'] = file('new\n');
    },
    'files elsewhere': (_, { files }) => (files['elsewhere/a'] = file('a\n')),
  },
  build_args: {
    'a null whose variable is unset, in the place of none': (build) =>
      delete build.build_args.UNSET,
    'a null whose variable is set, in the place of its value': (build) =>
      (build.build_args.GIVEN = 'from the environment'),
    'by a variable': (build, { env }) => {
      build.build_args.A = '${LETTERS}';
      env.LETTERS = 'BC';
    },
    'another order': (build) =>
      (build.build_args = Object.fromEntries(Object.entries(build.build_args).reverse())),
  },
  parents: {
    'another order': (build) => build.parents.reverse(),
    'named twice': (build) => build.parents.push('base'),
    "a parent's unhashed keys": (_, { manifest }) =>
      Object.assign(manifest.images.base.build, { pull: true, unhashed_build_args: { A: 'b' } }),
    "a parent's key": (build, { manifest }) => {
      manifest.images.renamed = { name: 'base', ...manifest.images.base };
      delete manifest.images.base;
      build.parents = ['renamed', 'debian'];
    },
    'an image that is none': (_, { manifest }) => (manifest.images.spare.build.target = 'x'),
  },
  interval: {
    'later in it': (_, project) => (project.at = '2026-01-31T23:59:59.999Z'),
    'other words for its length': (build) => (build.interval.every = 'PT24H'),
    'the default offset': (build) => (build.interval = '1d'),
    'an offset in the same interval': (build) =>
      (build.interval.offset = '2000-01-01T11:00:00+00:00'),
  },
  platforms: {
    'other words for it': (build) => (build.platforms = ['linux/x86_64']),
    'that of the run': (build) => delete build.platforms,
    'another one of the run': (_, project) => (project.platform = 'linux/arm64'),
  },
  additional_contexts: {
    'another path': (build, { files }) => {
      for (const name of ['s', '.dockerignore']) rename(files, `shared/${name}`, `common/${name}`);
      build.additional_contexts.shared = './common';
    },
    'a file that its ignore file excludes': (_, { files }) =>
      (files['shared/new.log'] = file('new\n')),
  },
};

const entries = (table: Record<string, Record<string, Change>>) =>
  Object.entries(table).flatMap(([key, changes]) =>
    Object.entries(changes).map(([what, change]) => ({ key, what, change })),
  );

const counted = { other: 0, same: 0 };
afterAll(() =>
  console.log(`sensitivity: ${counted.other} changes give another hash, ${counted.same} the same`),
);

it('another image has another hash, and each of them its own', async () => {
  const folder = await temporaryFolder();
  const seen = new Map([[await hashAfter(folder, () => undefined), 'as it was']]);
  for (const { key, what, change } of entries(OTHER)) {
    const hash = await hashAfter(folder, change);
    expect(seen.get(hash), `${key}: ${what}`).toBeUndefined();
    seen.set(hash, `${key}: ${what}`);
    counted.other += 1;
  }
});

it('the same image has the same hash', async () => {
  const folder = await temporaryFolder();
  const usually = await hashAfter(folder, () => undefined);
  for (const { key, what, change } of entries(SAME)) {
    expect(await hashAfter(folder, change), `${key}: ${what}`).toBe(usually);
    counted.same += 1;
  }
});

describe('every key of the manifest is among them', () => {
  const { build, image } = schema.definitions;

  it.each(Object.entries(build.properties))('build.%s', (key, property) => {
    const hashed = (property as { 'x-hashed'?: string })['x-hashed'];
    expect(Object.keys(hashed === 'no' ? SAME : OTHER)).toContain(key);
    expect(Object.keys(hashed === 'no' ? OTHER : SAME).includes(key) && hashed === 'no').toBe(
      false,
    );
  });

  it.each(Object.keys(image.properties))('%s', (key) => {
    expect(Object.keys(SAME)).toContain(key);
  });
});

it('keys of one shape are not taken for one another', async () => {
  const folder = await temporaryFolder();
  const maps = [
    'build_args',
    'labels',
    'ulimits',
    'extra_hosts',
    'metadata',
    'additional_contexts',
  ];
  const strings = ['target', 'network', 'shm_size', 'metadata'];
  const lists = ['secrets', 'ssh'];
  const changes: Change[] = [
    ...maps.map(
      (key): Change =>
        (own) =>
          (own[key] = { a: key.startsWith('add') ? 'a://b' : '1' }),
    ),
    ...strings.map(
      (key): Change =>
        (own) =>
          (own[key] = '1'),
    ),
    ...lists.map(
      (key): Change =>
        (own) =>
          (own[key] = [key === 'ssh' ? 'a' : 'id=a,env=a']),
    ),
    () => undefined,
  ];
  const hashes = new Set<string>();
  for (const change of changes) hashes.add(await hashAfter(folder, change, 'plain'));
  expect(hashes.size).toBe(changes.length);
});

it('what is not used is not in the document', async () => {
  const folder = await temporaryFolder();
  const project = usual();
  const unused = {
    build_args: { UNSET: null },
    labels: {},
    secrets: [],
    metadata: '',
    target: null,
  };
  for (const more of [{}, unused]) {
    Object.assign(project.manifest.images.plain.build, more);
    const inputs = (await resolved(folder, project)).get('plain')?.build?.inputs ?? '';
    expect(Object.keys(JSON.parse(inputs))).toEqual(['dockerfile', 'files', 'format', 'platforms']);
  }
});
