import { expect, it } from 'vitest';
import type { BuildRequest, Transfer } from '../../src/docker/port.ts';
import type { BuildCache } from '../../src/model/manifest.ts';
import type { RunPolicy } from '../../src/model/plan.ts';
import { type Imagined, imagine, TEAM } from '../rig/imagined.ts';
import { runOn, type Script, setStage } from '../rig/imagined-docker.ts';

const REGISTRY: BuildCache = { kind: 'registry', ref: null, mode: 'max' };
const SERVER = 'registry.test:5000';
const BESIDE = `${SERVER}/app:buildcache-app`;
const LAST = 'b'.repeat(64);

/** The caches that docker is given for an image, and what is told of them. */
async function caches(
  cache: BuildCache | null,
  own: Imagined = {},
  {
    policy,
    last = null,
    refused,
    ...script
  }: Script & { policy?: Partial<RunPolicy>; last?: string | null; refused?: Transfer } = {},
) {
  const image = imagine('app', {
    registry: TEAM,
    ...own,
    buildKeys: { ...own.buildKeys, cache },
  });
  const stage = setStage(script);
  const built: BuildRequest[] = [];
  const { docker, archive, logins } = stage.services;
  const services = {
    ...stage.services,
    docker: {
      ...docker,
      build: async (group: Parameters<typeof docker.build>[0]) => {
        built.push(...group.builds);
        return docker.build(group);
      },
    },
    logins: {
      ...logins,
      ensureForImages: async (refs: readonly string[]) => refused ?? logins.ensureForImages(refs),
    },
    archive: {
      ...archive,
      lastOf: async () => (last === null ? null : { hash: last, ref: `app:${last}`, atMs: 0 }),
    },
  };
  await runOn({ ...stage, services }, [image], policy === undefined ? {} : { policy });
  const notes = stage.events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
  const from = (built[0]?.caches?.from ?? []).map((text) => text.replace('type=registry,ref=', ''));
  return { from, to: built[0]?.caches?.to ?? [], notes };
}

const written = (ref: string, mode = 'max') =>
  `type=registry,ref=${ref},mode=${mode},image-manifest=true,oci-mediatypes=true,ignore-error=true`;

it('a cache in the registry is read and written, and the images before it are read', async () => {
  expect(await caches(REGISTRY)).toEqual({ from: [BESIDE], to: [written(BESIDE)], notes: [] });
  expect(
    await caches(REGISTRY, { tags: ['latest', 'main'], version: '2' }, { last: LAST }),
  ).toEqual({
    from: [BESIDE, `${SERVER}/app:2-${LAST}`, `${SERVER}/app:latest`, `${SERVER}/app:main`],
    to: [written(BESIDE)],
    notes: [],
  });
  const elsewhere = { ...REGISTRY, ref: 'caches.test/app:1', mode: 'min' } as const;
  expect(await caches(elsewhere, { registry: null })).toEqual({
    from: ['caches.test/app:1'],
    to: [written('caches.test/app:1', 'min')],
    notes: [],
  });
});

it('an inline cache is always written, and read from the images before it', async () => {
  const inline = { kind: 'inline' } as const;
  const tags = { tags: ['latest'] };
  expect(await caches(inline, tags)).toMatchObject({
    from: [`${SERVER}/app:latest`],
    to: ['type=inline'],
  });
  expect(await caches(inline, tags, { policy: { push: false } })).toMatchObject({
    from: [`${SERVER}/app:latest`],
    to: ['type=inline'],
  });
  expect(await caches(inline, { registry: null })).toMatchObject({ from: [], to: ['type=inline'] });
});

it('an image that is built though the registry may have it is looked at, too', async () => {
  const own = imagine('app', { registry: TEAM }).registryRef;
  const forced = { policy: { force: new Set(['app']) } };
  expect((await caches(REGISTRY, {}, forced)).from).toEqual([BESIDE, own]);
});

it.each<[string, Imagined, Partial<RunPolicy>, boolean]>([
  ['--no-push', {}, { push: false }, true],
  ['--no-test', {}, { test: false }, true],
  ['remote_policy: pull_only', { remotePolicy: 'pull_only' }, {}, true],
  ['--offline', {}, { offline: true }, false],
  ['remote_policy: none', { remotePolicy: 'none' }, {}, false],
])('%s: nothing is written', async (_, own, policy, isRead) => {
  const { from, to } = await caches(REGISTRY, own, { policy });
  expect(to).toEqual([]);
  expect(from.includes(BESIDE)).toBe(isRead);
  const { to: elsewhere } = await caches({ ...REGISTRY, ref: 'caches.test/app:1' }, own, {
    policy,
  });
  expect(elsewhere).toEqual([]);
});

it('remote_policy: push_only keeps no cache from being read and written', async () => {
  expect(await caches(REGISTRY, { remotePolicy: 'push_only' })).toMatchObject({
    to: [written(BESIDE)],
  });
});

it('what the manifest has among its own caches is not written twice', async () => {
  const given = (cacheTo: string[]) => ({ buildKeys: { cacheTo } });
  expect((await caches({ kind: 'inline' }, given(['type=inline']))).to).toEqual([]);
  expect((await caches(REGISTRY, given([`type=registry,ref=${BESIDE}`]))).to).toEqual([]);
  expect((await caches(REGISTRY, given([BESIDE]))).to).toEqual([]);
  expect((await caches(REGISTRY, given(['type=inline']))).to).toEqual([written(BESIDE)]);
});

it('nothing is asked for, and nobody is logged in, without it', async () => {
  expect(await caches(null, { tags: ['latest'] }, { last: LAST })).toEqual({
    from: [],
    to: [],
    notes: [],
  });
});

it('a registry that does not let us in is a note, and the image is built', async () => {
  const refused = {
    ok: false,
    kept: false,
    fault: 'unauthorized',
    message: 'wrong password',
    retryable: 'no',
  } as const;
  const found = await caches(REGISTRY, {}, { refused });
  expect(found).toEqual({
    from: [],
    to: [],
    notes: ['app is built without the cache in its registry: wrong password'],
  });
});
