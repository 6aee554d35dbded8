import { expect, it } from 'vitest';
import { complaints, read } from './reading.ts';

/** What docker, buildx or Go would take for their own. */
it.each([
  ...['PATH', 'HOME', 'TMPDIR', 'SSH_AUTH_SOCK', 'SSL_CERT_FILE', 'LD_PRELOAD', 'GODEBUG'],
  ...['DOCKER_HOST', 'DOCKER_CONFIG', 'DOCKER_CONTEXT', 'DOCKER_TLS_VERIFY', 'DOCKER_AUTH_CONFIG'],
  ...['BUILDX_BUILDER', 'BUILDX_NO_DEFAULT_ATTESTATIONS', 'BUILDX_GIT_LABELS', 'BUILDKIT_HOST'],
  ...['DOCKER_CONTENT_TRUST_SERVER', 'DOCKER_CLI_HINTS', 'OTEL_SERVICE_NAME'],
  'DOCKER_ENSURE_SECRET_1',
])('%s is no build argument, hashed or not', (name) => {
  const said = `\`${name}\` cannot be a build argument: docker itself reads the variable of that name (give the argument another name, here and in the Dockerfile)`;
  expect(complaints(`images: { app: { build: { build_args: { ${name}: x } } } }`)).toEqual([
    `1:41 ${said}`,
  ]);
  expect(complaints(`images: { app: { build: { unhashed_build_args: { ${name}: } } } }`)).toEqual([
    `1:50 ${said}`,
  ]);
});

/** What docker means to be arguments too, or what only sounds like its own. */
it.each([
  ...['HTTP_PROXY', 'https_proxy', 'NO_PROXY', 'SOURCE_DATE_EPOCH', 'BUILDKIT_INLINE_CACHE'],
  ...['DOCKER_VERSION', 'BUILDX_VERSION', 'DOCKER_DEFAULT_PLATFORM', 'COMPOSE_VERSION', 'LC_ALL'],
  ...['USER', 'TZ', 'NODE_OPTIONS', 'path', 'HOME_PAGE', 'MY_PATH'],
])('%s is a build argument like any other', (name) => {
  expect(complaints(`images: { app: { build: { build_args: { ${name}: x } } } }`)).toEqual([]);
});

it('the name of an additional context is one that docker can look up', () => {
  const inContexts = (name: string) =>
    complaints(`images: { app: { build: { additional_contexts: { ${name}: x } } } }`);
  for (const name of ['shared', 'my_shared', 'a/b.c-d', 'a:1', 'host:5000/a', 'docker.io/a'])
    expect(inContexts(name), name).toEqual([]);
  for (const name of ['Shared', 'a//b', '-a', '"a b"', '"a=b"', '"ü"'])
    expect(inContexts(name), name).toEqual([
      `1:50 \`${name.replaceAll('"', '')}\` cannot be the name of a build context (a name is lower-case letters, digits, and single dots, dashes or underscores between them)`,
    ]);
});

it('a folder of a local cache is relative to the manifest', () => {
  const build = (caches: string) =>
    read(`images: { app: { build: { cache_from: [${caches}] } } }`).manifest?.images.get('app')
      ?.build?.cacheFrom;
  expect(
    build('"type=local,src=a b", "src=../x,type=local", "type=local,src=/abs,mode=max"'),
  ).toEqual([
    ['type=local,src=/project/a b'],
    ['src=/x,type=local'],
    ['type=local,src=/abs,mode=max'],
  ]);
  expect(build('"type=registry,ref=x,src=y", "user/app:cache", "type=localhost,src=y"')).toEqual([
    ['type=registry,ref=x,src=y'],
    ['user/app:cache'],
    ['type=localhost,src=y'],
  ]);
});
