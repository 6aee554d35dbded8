import { describe, expect, it } from 'vitest';
import { homeAt, type Imagined, imagine, MIRROR, TEAM } from '../rig/imagined.ts';
import { refused, runOn, type Script, setStage, unknown } from '../rig/imagined-docker.ts';

const app = (keys: Imagined = {}) =>
  imagine('app', { homes: [homeAt(TEAM), homeAt(MIRROR)], ...keys });
const { ref } = app();
const [team, mirror] = [`registry.test:5000/${ref}`, `mirror.test/${ref}`];
const there = { policy: { require: 'registry' } } as const;

async function run(script: Script, keys: Imagined = {}, options: Parameters<typeof runOn>[2] = {}) {
  const stage = setStage(script);
  const [result] = await runOn(stage, [app(keys)], options);
  const transfers = stage.calls.filter((call) => /^(pull|push|tag-remotely) /.test(call));
  return { result, stage, transfers, owes: [...stage.owes.keys()] };
}

describe('an image with two registries', () => {
  it('is pulled from the second, and named for the first', async () => {
    const { result, stage } = await run({ registry: { [mirror]: { is: 'present' } } });
    expect(result).toMatchObject({
      action: 'pull',
      push: false,
      registries: [
        { registry: 'team', ref: team, action: 'none' },
        { registry: 'mirror', ref: mirror, action: 'pull' },
      ],
    });
    expect([...stage.local.keys()].sort()).toEqual([ref, mirror, team].sort());
  });

  it('is pulled from the second where the first could not say', async () => {
    const registry = { [team]: unknown('timeout'), [mirror]: { is: 'present' } as const };
    const { result, stage } = await run({ registry });
    expect(result).toMatchObject({ action: 'pull', outcome: 'done' });
    const ends = stage.events.flatMap((event) =>
      event.type === 'step-done' ? [`${event.registry}: ${event.result}`] : [],
    );
    expect(ends).toEqual(['team: unclear', 'mirror: done']);
  });

  it('is pulled, and copied to the first, where it must be everywhere', async () => {
    const script: Script = { registry: { [mirror]: { is: 'present' } } };
    const { result, transfers, owes } = await run(script, {}, { policy: { require: 'both' } });
    expect(transfers).toEqual([`pull ${team}`, `pull ${mirror}`, `tag-remotely ${mirror} ${team}`]);
    expect(result).toMatchObject({
      action: 'pull',
      push: true,
      registries: [{ action: 'copy' }, { action: 'pull' }],
    });
    expect(owes).toEqual([]);
  });

  it('is pushed from here where docker cannot copy it', async () => {
    let tries = 0;
    const push = (target: string) => {
      tries += target === team ? 1 : 0;
      return tries === 1 ? refused('tls') : { ok: true as const };
    };
    const script: Script = { registry: { [mirror]: { is: 'present' } }, push };
    const { result, transfers } = await run(script, {}, { policy: { require: 'both' } });
    expect(transfers.slice(2)).toEqual([`tag-remotely ${mirror} ${team}`, `push ${team}`]);
    expect(result).toMatchObject({ outcome: 'done', push: true });
  });

  it('fails where it is not here and cannot be copied', async () => {
    const script: Script = {
      registry: { [mirror]: { is: 'present' } },
      push: () => refused('denied'),
    };
    const { result, transfers, owes } = await run(script, {}, there);
    expect(transfers).toEqual([`tag-remotely ${mirror} ${team}`]);
    expect(result?.failure).toMatchObject({
      code: 'registry-denied',
      message: `${team} is in another registry (${mirror}), but could not be copied: denied`,
    });
    expect(owes).toEqual([]);
  });

  it('is owed to the one alone that does not take it', async () => {
    const push = (target: string) =>
      target === mirror ? refused('timeout') : { ok: true as const };
    const failed = await run({ push });
    expect(failed.result?.failure?.message).toBe(
      `${mirror} is here, but could not be pushed: timeout`,
    );
    expect(failed.owes).toEqual([mirror]);
    const brave = await run({ push }, { onRegistryError: 'build', tags: ['latest'] });
    expect(brave.result).toMatchObject({
      outcome: 'done',
      registries: [{ action: 'push' }, { action: 'none' }],
      reason:
        'neither here nor in the registries team, mirror; it is not pushed to the registry mirror yet',
      tag: ['registry.test:5000/app:latest'],
    });
    expect(brave.owes.sort()).toEqual([mirror, 'tag app:latest'].sort());
    const later = await run({ here: [ref], owed: [mirror] });
    expect(later.transfers).toEqual([`push ${mirror}`]);
    expect(later.result?.reason).toBe('already here, but not yet in the registry mirror');
  });

  it('fails with what each of them said', async () => {
    const { result } = await run({ push: () => refused('denied') });
    expect(result?.failure?.message).toBe(
      `${team} is here, but could not be pushed: denied\n${mirror} is here, but could not be pushed: denied`,
    );
  });

  it('has its further tags moved in each that is pushed to', async () => {
    const keys = { tags: ['latest'] };
    const built = await run({}, keys);
    const tags = ['registry.test:5000/app:latest', 'mirror.test/app:latest'];
    expect(built.result?.tag).toEqual(tags);
    const homes = [homeAt(TEAM), homeAt(MIRROR, 'pull_only')];
    const copied = await run(
      { registry: { [mirror]: { is: 'present' } } },
      { ...keys, homes },
      there,
    );
    expect(copied.result?.tag).toEqual(tags.slice(0, 1));
    expect(copied.transfers).toEqual([
      `tag-remotely ${mirror} ${team}`,
      `tag-remotely ${team} registry.test:5000/app:latest`,
    ]);
  });

  it('is neither pushed nor named for a mirror', async () => {
    const { stage, transfers } = await run(
      {},
      { homes: [homeAt(MIRROR, 'pull_only'), homeAt(TEAM)] },
    );
    expect(transfers).toEqual([`pull ${mirror}`, `pull ${team}`, `push ${team}`]);
    expect([...stage.local.keys()].sort()).toEqual([ref, team].sort());
  });
});
