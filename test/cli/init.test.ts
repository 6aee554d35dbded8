import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makeProjectHere } from '../rig/command.ts';
import { fakeDocker } from '../rig/fake-docker.ts';
import { type Files, makeProject } from '../rig/project.ts';

/** What `init --print` makes of a project, which our own `validate` must find good. */
async function init(files: Files, env: Readonly<Record<string, string>> = { PATH: '/nowhere' }) {
  const project = await makeProject(files);
  const { exitCode, stdout, stderr } = await project.run(['init', '--print'], { env });
  expect(exitCode, stderr).toBe(0);
  await project.write({ 'ensure.yaml': stdout });
  const validated = await project.run(['validate'], { env });
  expect(validated.exitCode, `${validated.stderr}\n${stdout}`).toBe(0);
  const notes = stderr.split('\n').filter((line) => line !== '');
  return { ...(parse(stdout) as Manifest), text: stdout, notes };
}

interface Manifest {
  readonly registries?: unknown;
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly images: Readonly<Record<string, { readonly build: Readonly<Record<string, unknown>> }>>;
}

describe('init', () => {
  it('writes a manifest once, and says what to do next', async () => {
    const project = await makeProject({
      Dockerfile: 'FROM scratch\n',
      'web/Dockerfile': 'FROM x\n',
    });
    const first = await project.run(['init'], { env: { PATH: '/nowhere' } });
    expect(first).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'ensure.yaml: 2 images: project, web\nnow look at it, then try: docker-ensure plan\n',
    });
    const path = join(project.folder, 'ensure.yaml');
    const text = await readFile(path, 'utf8');
    expect(
      text,
    ).toBe(`# The images of project, as \`docker-ensure init\` found them. \`docker-ensure plan\` says what
# \`docker-ensure up\` would do; docs/manifest.md of docker-ensure explains each key.

defaults:
  with_hash: true # the tag changes with all that goes into the build
  build:
    files: copied # what the Dockerfile copies; \`context\` is all that \`docker build\` would send

images:
  # Dockerfile
  project:
    build: {}

  # web/Dockerfile
  web:
    build:
      directory: web
`);
    await project.write({ 'ensure.yaml': 'mine\n' });
    expect(await project.run(['init'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'error: ensure.yaml is there already\n  help: write over it with --force, or look at what would be written with --print\n',
    });
    expect(await readFile(path, 'utf8')).toBe('mine\n');
    expect((await project.run(['init', '--print'])).stdout).toBe(text);
    expect(await project.run(['init', '--force'])).toMatchObject({ exitCode: 0 });
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('says where nothing can be found, and refuses options that contradict each other', async () => {
    const { run } = await makeProjectHere({ 'README.md': '' });
    expect(await run(['init'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'error: there is nothing here that a manifest could be made of\n  help: init takes Dockerfiles, compose files with a `build`, and bake files\n',
    });
    expect(await run(['init', '--print', '--force'])).toMatchObject({
      exitCode: 2,
      stderr: 'error: --print and --force contradict each other\n  help: leave one of them out\n',
    });
  });

  it('writes where --file says', async () => {
    const project = await makeProject({ 'a/b/Dockerfile': 'FROM scratch\n' });
    await project.run(['-f', 'a/images.yaml', 'init'], { env: { PATH: '/nowhere' } });
    const text = await readFile(join(project.folder, 'a/images.yaml'), 'utf8');
    expect(parse(text).images).toEqual({ b: { build: { directory: 'b' } } });
  });

  it('takes over what compose builds, equal builds as one image', async () => {
    const { registries, defaults, images, notes } = await init({
      'compose.yaml': `x-build: &api
  context: ./api
  args: { PYTHON: "\${PYTHON_VERSION:-3.12}", DEBUG: , REV: "\${GIT_REV}", PRICE: "$$5" }
services:
  api: { build: *api, image: registry.example.com:5000/shop/api:1.2 }
  worker: { build: { args: ["PYTHON=\${PYTHON_VERSION:-3.12}", DEBUG, REV=$GIT_REV, PRICE=$$5], context: api/ } }
  web: { build: { context: web, target: prod, privileged: true }, image: "registry.example.com:5000/shop/web:\${TAG:-latest}" }
  far: { build: https://example.com/repo.git }
  db: { image: postgres }
`,
      'compose.override.yaml': 'services: {}\n',
      'api/Dockerfile': 'FROM scratch\n',
      'web/Dockerfile': 'FROM scratch AS prod\n',
    });
    expect(registries).toEqual({ main: { server: 'registry.example.com:5000' } });
    expect(defaults).toMatchObject({ remote_policy: 'pull_only' });
    expect(images).toEqual({
      api: {
        ...{ name: 'shop/api', version: '1.2', registry: 'main' },
        build: {
          directory: 'api',
          build_args: {
            PYTHON: '${PYTHON_VERSION:-3.12}',
            DEBUG: null,
            REV: '${GIT_REV:-}',
            PRICE: '$$5',
          },
        },
      },
      web: {
        ...{ name: 'shop/web', version: '${TAG:-}', registry: 'main' },
        build: { directory: 'web', target: 'prod' },
      },
    });
    expect(notes).toEqual([
      'not taken over: compose.override.yaml: it is laid over another compose file, and was not looked at',
      'not taken over: service web of compose.yaml: `privileged` has to be written by hand',
      'not taken over: service far of compose.yaml: its build context is no folder of this project: https://example.com/repo.git',
    ]);
  });

  it('takes over what services of compose extend, and their secrets', async () => {
    const { images, notes } = await init({
      'deploy/compose.yaml': `services:
  base:
    build:
      context: ../app
      args: [MODE=plain, DEBUG]
      secrets: [npm]
      extra_hosts: [a:10.0.0.1]
  app: { extends: base, build: { target: prod, args: { MODE: fast }, secrets: [{ source: token, target: pass }] } }
  same: { extends: { service: base }, command: run }
  far: { extends: { service: x, file: other.yaml }, build: ../app, image: far }
  lost: { extends: nobody, build: { context: ../app, target: prod } }
  circle: { extends: circle }
  odd: { build: { context: ../app, network: none, secrets: [missing, outside, vault] } }
secrets:
  npm: { environment: NPM_TOKEN }
  token: { file: token.txt }
  missing: { file: missing.txt }
  outside: { file: /etc/secret }
  vault: { external: true }
`,
      'deploy/token.txt': 'x',
      'app/Dockerfile': 'FROM scratch AS prod\n',
    });
    const builds = Object.entries(images).map(([key, { build }]) => [key, build]);
    const directory = 'app';
    expect(Object.fromEntries(builds)).toEqual({
      base: {
        directory,
        build_args: { MODE: 'plain', DEBUG: null },
        extra_hosts: { a: '10.0.0.1' },
        secrets: ['id=npm,env=NPM_TOKEN'],
      },
      app: {
        directory,
        target: 'prod',
        build_args: { MODE: 'fast', DEBUG: null },
        extra_hosts: { a: '10.0.0.1' },
        secrets: ['id=npm,env=NPM_TOKEN', 'id=pass,src=deploy/token.txt'],
      },
      far: { directory },
      lost: { directory, target: 'prod' },
      odd: { directory, network: 'none' },
    });
    const of = (service: string) => `not taken over: service ${service} of deploy/compose.yaml`;
    expect(notes).toEqual([
      `${of('far')}: \`extends\`: what it gets from other.yaml was not looked at`,
      `${of('lost')}: \`extends\`: there is no service nobody that it could extend`,
      `${of('circle')}: \`extends\`: there is no service circle that it could extend`,
      `${of('odd')}: the secret missing: there is no file deploy/missing.txt`,
      `${of('odd')}: the secret outside comes from where only compose looks`,
      `${of('odd')}: the secret vault comes from where only compose looks`,
    ]);
  });

  it('finds names and build contexts in Dockerfiles, which name parents themselves', async () => {
    const { registries, images, notes } = await init({
      'images/base/Dockerfile': 'FROM debian:12\n',
      'images/python/Dockerfile': 'FROM python:3.12\n',
      'services/api/docker/Dockerfile':
        'FROM ghcr.io/acme/base:2\nCOPY lib/*.py services/api/main.py /\n',
      ...{ 'lib/x.py': '', 'services/api/main.py': '' },
      'services/web/Dockerfile': 'FROM ghcr.io/acme/base:2\nCOPY --from=python:3.12 / /\n',
      'services/web/test.Dockerfile': 'FROM web\n',
      'tools/Dockerfile.lint': 'FROM scratch\nCOPY nowhere /\n',
      'docs/Dockerfile': 'to be written\n',
      'Dockerfile.j2': 'FROM {{ base }}\n',
      'node_modules/x/Dockerfile': 'FROM scratch\n',
      'services/web/Dockerfile.dockerignore': '*.md\n',
    });
    expect(registries).toEqual({ main: { server: 'ghcr.io' } });
    expect(images).toEqual({
      base: {
        name: 'acme/base',
        version: '2',
        registry: 'main',
        build: { directory: 'images/base' },
      },
      python: { name: 'project/python', build: { directory: 'images/python' } },
      api: { build: { dockerfile: 'services/api/docker/Dockerfile' } },
      web: { build: { directory: 'services/web' } },
      'web-test': { build: { directory: 'services/web', dockerfile: 'test.Dockerfile' } },
    });
    expect(notes).toEqual([
      'not taken over: Dockerfile.j2: it is a template of a Dockerfile',
      'not taken over: tools/Dockerfile.lint: it copies nowhere, which neither its folder nor one above it has: is `directory` right?',
      'not taken over: docs (docs/Dockerfile): docker knows no instruction `to` (docs/Dockerfile:1)',
      'not taken over: tools-lint (tools/Dockerfile.lint): `COPY` asks for `nowhere`, which is not among the files that the build sees (tools/Dockerfile.lint:2)',
    ]);
  });

  it('makes a matrix of images that differ in nothing but the version in their keys', async () => {
    const service = (version: string, more = '') =>
      `  python-${version}:\n    image: team/python:${version}-slim\n    build: { context: ., args: { V: "${version}" }${more} }\n`;
    const odd = (version: string) =>
      `  odd-${version}:\n    build: { context: ., args: { V: "${version}", N: "1" }, labels: [v=${version}] }\n`;
    const { images, text } = await init({
      'compose.yaml': `services:\n${service('3.9')}${service('3.13')}${odd('1')}${odd('2')}`,
      Dockerfile: 'FROM debian\nARG V\nARG N\n',
      'go-1.22/Dockerfile': 'FROM golang:1.22\n',
      'go-1.23/Dockerfile': 'FROM golang:1.23\n',
      'tool-7/Dockerfile': 'FROM scratch\n',
      'tool/old/Dockerfile': 'FROM scratch\n',
    });
    expect(Object.keys(images)).toEqual(['python', 'odd-1', 'odd-2', 'go', 'old', 'tool-7']);
    expect(images.python).toEqual({
      matrix: { version: ['3.9', '3.13'] },
      name: 'team/python',
      version: '${matrix.version}-slim',
      build: { build_args: { V: '${matrix.version}' } },
    });
    expect(images.go).toEqual({
      matrix: { version: ['1.22', '1.23'] },
      build: { directory: 'go-${matrix.version}' },
    });
    expect(text).toContain('  # go-1.22/Dockerfile\n  # go-1.23/Dockerfile\n  go:\n');
  });

  it('asks docker what bake files say', async () => {
    const target = {
      base: { context: 'base', dockerfile: 'Dockerfile', tags: ['acme/base:1'] },
      app: {
        ...{ context: '.', dockerfile: 'app/Dockerfile', tags: ['acme/app:1', 'acme/app:latest'] },
        contexts: { 'acme/base': 'target:base', other: 'target:base' },
        args: { PRICE: '$5' },
        secret: ['id=key,src=key.txt', { id: 'npm', type: 'env', env: 'NPM_TOKEN' }],
        platforms: ['linux/amd64', 'linux/arm64'],
        'cache-from': [{ type: 'registry', ref: 'acme/app:cache' }],
      },
    };
    const docker = await fakeDocker(() => ({ stdout: JSON.stringify({ target }) }));
    const { images, notes } = await init(
      {
        'docker-bake.hcl': 'target "base" {\n}\ntarget "app" {\n}\n',
        'base/Dockerfile': 'FROM scratch\n',
        'app/Dockerfile': 'FROM acme/base\nARG PRICE\nCOPY --from=other / /\n',
        'key.txt': 'x',
      },
      docker.env,
    );
    expect(docker.calls[0]?.argv.slice(0, 3)).toEqual(['buildx', 'bake', '-f']);
    expect(docker.calls[0]?.argv.slice(4)).toEqual(['--print', 'base', 'app']);
    expect(images).toEqual({
      base: { name: 'acme/base', version: '1', build: { directory: 'base' } },
      app: {
        ...{ name: 'acme/app', version: '1' },
        build: {
          ...{ dockerfile: 'app/Dockerfile', parents: ['base'], build_args: { PRICE: '$$5' } },
          cache_from: ['type=registry,ref=acme/app:cache'],
          additional_contexts: { other: 'docker-image://${images.base.ref}' },
          secrets: ['id=key,src=key.txt', 'id=npm,env=NPM_TOKEN'],
        },
      },
    });
    expect(notes).toEqual([
      "not taken over: target app of docker-bake.hcl: `platforms`: an image is built for one platform, this machine's own if none is given",
    ]);
  });

  it('says why a bake file was not read', async () => {
    const files = { 'docker-bake.hcl': '', Dockerfile: 'FROM scratch\n' };
    expect((await init(files)).notes).toEqual([
      'not taken over: docker-bake.hcl: it is read by `docker buildx bake --print`, and there is no docker command',
    ]);
    const docker = await fakeDocker(() => ({ stderr: 'x\nERROR: no such target\n', exitCode: 1 }));
    expect((await init(files, docker.env)).notes).toEqual([
      'not taken over: docker-bake.hcl: `docker buildx bake --print` could not read it: no such target',
    ]);
  });
});

const names = fc.constantFrom(
  'app',
  'base',
  'Web',
  'B b',
  'ü',
  'x$y',
  '${z}',
  '#c',
  'a: b',
  'true',
  '-',
  '1',
  'docker',
  'a\\b',
  '"q"',
  "it's",
);
const texts = fc.constantFrom(
  'FROM scratch\n',
  'FROM base\n',
  'FROM app:1\nCOPY . /\n',
  'FROM r.test/team/web:2\nCOPY a* /\n',
  'FROM scratch AS app\nCOPY --from=base / /\n',
  'ARG B=base\nFROM $B\n',
  '',
  'RUN\n',
  '\u0000\n',
);
const values = fc.oneof(
  fc.constantFrom(
    '.',
    '..',
    'app',
    './base',
    '/',
    '${X}',
    '$$',
    'a\nb',
    ' x ',
    '\u0007',
    'null',
    '12',
    '*a',
    '- b',
    'a # b',
    '',
    'FROM base\n',
    'FROM scratch\nCOPY . /\n',
    '\u2028',
    'https://x.test/y',
  ),
  fc.boolean(),
  fc.integer(),
);
const maps = fc.dictionary(fc.oneof(names, fc.constant('A')), fc.oneof(values, fc.constant(null)), {
  maxKeys: 3,
});
const build = fc.oneof(
  fc.constantFrom('app', '.', 'base'),
  fc.record(
    {
      context: values,
      dockerfile: fc.constantFrom('Dockerfile', 'app.Dockerfile', '../x', '$A'),
      dockerfile_inline: values,
      args: maps,
      labels: maps,
      target: fc.oneof(names, values),
      additional_contexts: maps,
      extra_hosts: maps,
      network: values,
      shm_size: values,
      ssh: fc.array(names),
      cache_from: fc.array(values),
      platforms: fc.array(names, { maxLength: 2 }),
      no_cache: values,
      ulimits: maps,
    },
    { requiredKeys: [] },
  ),
);
const image = fc.constantFrom(
  'app',
  'r.test/team/web:2',
  'r.test:5000/a/b',
  'base:${TAG:-latest}',
  '${R}/x',
  'UPPER',
  'a/b:c',
  'r.test/x:${T}',
);
const compose = fc.dictionary(names, fc.record({ build, image }, { requiredKeys: [] }), {
  maxKeys: 4,
});
const trees = fc.record({
  dockerfiles: fc.dictionary(
    fc
      .tuple(
        fc.array(names, { maxLength: 2 }),
        fc.constantFrom('Dockerfile', 'app.Dockerfile', 'Dockerfile.B b', 'Dockerfile.x$y'),
      )
      .map(([folders, file]) => [...folders, file].join('/')),
    texts,
    { maxKeys: 5 },
  ),
  services: fc.option(compose, { nil: undefined }),
});

describe('any project', () => {
  it('gets a manifest that our own validate finds good', async () => {
    await fc.assert(
      fc.asyncProperty(trees, async ({ dockerfiles, services }) => {
        const { run } = await makeProjectHere({
          ...dockerfiles,
          ...(services === undefined ? {} : { 'compose.yaml': JSON.stringify({ services }) }),
        });
        const made = await run(['init'], { env: { PATH: '/nowhere' } });
        if (made.exitCode === 2) {
          expect(made.stderr).toContain('error: there is nothing here');
          return;
        }
        expect(made).toMatchObject({ exitCode: 0, stdout: '' });
        const { exitCode, stderr } = await run(['validate'], { env: { PATH: '/nowhere' } });
        expect(exitCode, stderr).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
