import { fileOf, linkTo } from '../rig/temporary-tree.ts';
import { type Changes, file, rename } from './changing.ts';

/** What makes another image, by the key that it is about; each must have its own hash. */
export const OTHER: Changes = {
  test: {
    'one that is hashed': (_, __, image) => (image.test = { command: ['/run'], hashed: true }),
    'another command of it': (_, __, image) => (image.test = { command: ['/go'], hashed: true }),
  },
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
    'another one': (build, { files }) => {
      build.platforms = ['linux/arm64'];
      // The parent's own is another one.
      files.App = file('FROM --platform=linux/amd64 base:1 AS one\nCOPY . /\n');
    },
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
