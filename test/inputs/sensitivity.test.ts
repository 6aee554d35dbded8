import { afterAll, describe, expect, it } from 'vitest';
import schema from '../../schema/ensure.schema.json' with { type: 'json' };
import { resolved } from '../rig/hashing.ts';
import { temporaryFolder } from '../rig/temporary-tree.ts';
import { type Change, type Changes, hashAfter, usual } from './changing.ts';
import { OTHER } from './other-images.ts';
import { SAME } from './same-images.ts';

const entries = (table: Changes) =>
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
}, 60_000);

it('the same image has the same hash', async () => {
  const folder = await temporaryFolder();
  const usually = await hashAfter(folder, () => undefined);
  for (const { key, what, change } of entries(SAME)) {
    expect(await hashAfter(folder, change), `${key}: ${what}`).toBe(usually);
    counted.same += 1;
  }
}, 60_000);

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

it('an empty argument is one; one without a value is one where its variable is set', async () => {
  const folder = await temporaryFolder();
  const hashes = async (env: Record<string, string>) => ({
    absent: await hashAfter(folder, (_, project) => Object.assign(project.env, env), 'plain'),
    none: await withArgument(null, env),
    empty: await withArgument('', env),
    text: await withArgument('text', env),
  });
  const withArgument = (value: string | null, env: Record<string, string>) =>
    hashAfter(
      folder,
      (build, project) => {
        build.build_args = { ARGUMENT: value };
        Object.assign(project.env, env);
      },
      'plain',
    );
  const unset = await hashes({});
  expect(unset.none).toBe(unset.absent);
  expect(new Set([unset.absent, unset.empty, unset.text]).size).toBe(3);
  expect(await hashes({ ARGUMENT: '' })).toEqual({ ...unset, none: unset.empty });
  expect(await hashes({ ARGUMENT: 'text' })).toEqual({ ...unset, none: unset.text });
});

/** For keys that do not take a 1. */
const VALID: Readonly<Record<string, string>> = {
  additional_contexts: 'https://example.com/a.tar',
  extra_hosts: '::1',
  network: 'none',
};

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
          (own[key] = { core: VALID[key] ?? '1' }),
    ),
    ...strings.map(
      (key): Change =>
        (own) =>
          (own[key] = VALID[key] ?? '1'),
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
