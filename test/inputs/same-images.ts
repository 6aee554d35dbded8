import { emptyFolder, fileOf } from '../rig/temporary-tree.ts';
import { type Changes, file, rename } from './changing.ts';

/** What makes the same image, by the key that it is about: the hash is the same. */
export const SAME: Changes = {
  unhashed_build_args: {
    'another value': (build) => (build.unhashed_build_args.TOKEN = 'words'),
    'another name': (build) => (build.unhashed_build_args = { OTHER: null }),
    none: (build) => delete build.unhashed_build_args,
  },
  cache: {
    inline: (build) => (build.cache = 'inline'),
    elsewhere: (build) => (build.cache = { ref: 'cache:1', mode: 'min' }),
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
  require: { another: (_, __, image) => (image.require = 'local') },
  on_registry_error: { another: (_, __, image) => (image.on_registry_error = 'build') },
  tags: { one: (_, __, image) => (image.tags = ['stable']) },
  matrix: {
    'a value by way of it': (build, _, image) => {
      Object.assign(image, { matrix: { stage: ['one'] }, key: 'app' });
      build.target = '${matrix.stage}';
    },
  },
  key: {
    'that of an instance': (_, __, image) =>
      Object.assign(image, { matrix: { letter: ['p'] }, key: 'ap${matrix.letter}' }),
  },
  test: {
    'one that is not hashed': (_, __, image) =>
      (image.test = { command: ['/run'], env: { A: 'b' } }),
  },
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
    'another one of the run, which no parent has': (_, project) => {
      project.platform = 'linux/arm64';
      for (const parent of ['root', 'base'])
        project.manifest.images[parent].build.platforms = ['linux/amd64'];
    },
  },
  additional_contexts: {
    'another path': (build, { files }) => {
      for (const name of ['s', '.dockerignore']) rename(files, `shared/${name}`, `common/${name}`);
      build.additional_contexts.shared.directory = './common';
    },
    'a file that its ignore file excludes': (_, { files }) =>
      (files['shared/new.log'] = file('new\n')),
  },
};
