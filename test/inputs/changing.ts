import { type Imagined, resolved } from '../rig/hashing.ts';
import { fileOf, linkTo } from '../rig/temporary-tree.ts';

export const file = (text: string) => fileOf(text, 0o644);

/** A project in which `app` has every key, a parent and a grandparent. */
export function usual(): Imagined {
  return {
    manifest: {
      registries: { team: { server: 'registry.example.com:5000' } },
      images: {
        root: { build: { directory: 'root', files: 'context' } },
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
            additional_contexts: {
              shared: { directory: 'shared', files: 'context' },
              tools: 'docker-image://tools:1',
            },
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

/** A change to the build of an image, to the project, or to the image `app`. */
// biome-ignore lint/suspicious/noExplicitAny: a manifest may be anything
export type Change = (build: any, project: Imagined, image: any) => unknown;

/** The hash of `app`, or of another image, after a change. */
export async function hashAfter(folder: string, change: Change, image = 'app'): Promise<string> {
  const project = usual();
  const { app, plain } = project.manifest.images;
  change((image === 'app' ? app : plain).build, project, app);
  const images = await resolved(folder, project);
  const hash = images.get(image)?.hash;
  if (!hash) throw new Error('no hash');
  return hash;
}

export const rename = (files: Imagined['files'], from: string, to: string) => {
  const entry = files[from];
  if (entry === undefined) throw new Error(`there is no ${from}`);
  delete files[from];
  files[to] = entry;
};

/** Changes, by what they do, by the key that they are about. */
export type Changes = Readonly<Record<string, Readonly<Record<string, Change>>>>;
