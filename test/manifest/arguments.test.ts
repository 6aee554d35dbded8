import { expect, it } from 'vitest';
import { complaints, read } from './reading.ts';

/** What docker means to be arguments too, what only sounds like its own, and what is its own. */
it.each([
  ...[
    'PATH',
    'HOME',
    'LD_PRELOAD',
    'DOCKER_HOST',
    'DOCKER_CONFIG',
    'BUILDX_NO_DEFAULT_ATTESTATIONS',
  ],
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
