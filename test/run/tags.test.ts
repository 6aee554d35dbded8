import { describe, expect, it } from 'vitest';
import { planImages } from '../../src/run/look.ts';
import { imagine, TEAM } from '../rig/imagined.ts';
import { refused, requestOf, runOn, setStage, trouble } from '../rig/imagined-docker.ts';

const app = imagine('app', { registry: TEAM, tags: ['latest', 'stable'] });
const plain = imagine('plain', { tags: ['latest'] });
const REF = `${app.registryRef}`;
const THERE = 'registry.test:5000/app';

const tagsOf = (results: Awaited<ReturnType<typeof runOn>>) => results.map(({ tag }) => tag);

describe('further tags', () => {
  it('are set and pushed last, in the registry first', async () => {
    const stage = setStage();
    expect(tagsOf(await runOn(stage, [app]))).toEqual([[`${THERE}:latest`, `${THERE}:stable`]]);
    const after = stage.calls.slice(stage.calls.indexOf(`push ${REF}`) + 1);
    expect(after.filter((call) => call.startsWith('push'))).toEqual([
      `push ${THERE}:latest`,
      `push ${THERE}:stable`,
    ]);
    expect(after.slice(-2)).toEqual([`tag ${app.ref} app:latest`, `tag ${app.ref} app:stable`]);
    expect(stage.owes.size).toBe(0);
  });

  it('are set on this machine only, where the image has no registry', async () => {
    const stage = setStage();
    expect(tagsOf(await runOn(stage, [plain]))).toEqual([['plain:latest']]);
    expect(stage.calls.at(-1)).toBe(`tag ${plain.ref} plain:latest`);
  });

  it('stay where they are when an image of the run failed', async () => {
    const bad = imagine('bad');
    const stage = setStage({
      build: (ref) =>
        ref.startsWith('bad') ? { ok: false, message: 'no', log: [] } : { ok: true, id: ref },
    });
    const results = await runOn(stage, [plain, app, bad], { keepGoing: true });
    expect(results.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'failed']);
    expect(tagsOf(results)).toEqual([[], [], []]);
    expect(stage.calls.filter((call) => /:(latest|stable)/.test(call))).toEqual([]);
  });

  it('that are right already cost nothing', async () => {
    const stage = setStage();
    await runOn(stage, [app]);
    const before = stage.calls.length;
    expect(tagsOf(await runOn(stage, [app]))).toEqual([[]]);
    expect(stage.calls.slice(before)).toEqual([]);
  });

  it('that name another image are moved, and pushed though the image is not', async () => {
    const stage = setStage({ here: [app.ref, 'app:latest', 'app:stable'] });
    stage.local.set('app:stable', `id of ${app.ref}`);
    expect(tagsOf(await runOn(stage, [app]))).toEqual([[`${THERE}:latest`]]);
    expect(stage.calls).toEqual([
      `tag ${app.ref} ${THERE}:latest`,
      `push ${THERE}:latest`,
      `tag ${app.ref} app:latest`,
    ]);
  });

  it('are not pushed under --no-push', async () => {
    const stage = setStage();
    await runOn(stage, [app], { policy: { push: false } });
    expect(stage.calls.filter((call) => call.startsWith('push'))).toEqual([]);
    expect(stage.local.get('app:latest')).toBe(`built ${app.ref}`);
  });

  it('are moved in the registry alone, for an image that need be nowhere else', async () => {
    const registry = {
      [REF]: { is: 'present' },
      [`${THERE}:latest`]: { is: 'present', hash: 'f'.repeat(64), digest: 'another' },
      [`${THERE}:stable`]: { is: 'present', hash: app.hash, digest: 'of the same in a wrap' },
    } as const;
    const stage = setStage({ registry });
    const results = await runOn(stage, [app], { policy: { require: 'registry' } });
    expect(tagsOf(results)).toEqual([[`${THERE}:latest`]]);
    expect(stage.calls.filter((call) => !call.startsWith('probe'))).toEqual([
      `tag-remotely ${REF} ${THERE}:latest`,
    ]);
    expect([...stage.local]).toEqual([]);
  });

  it('that cannot be pushed fail the run, begin no other and are owed', async () => {
    const stage = setStage(
      { push: (ref) => (ref.endsWith(':latest') ? refused('denied') : { ok: true }) },
      1,
    );
    const [result] = await runOn(stage, [app]);
    expect(result).toMatchObject({
      outcome: 'failed',
      tag: [],
      failure: {
        code: 'registry-denied',
        message: `the tag ${THERE}:latest could not be moved: denied`,
      },
    });
    expect(stage.calls).not.toContain(`push ${THERE}:stable`);
    expect(stage.local.has('app:latest')).toBe(false);
    expect(stage.events.at(-1)).toMatchObject({ type: 'image-failed', image: 'app' });
  });

  it('that the registry does not let be moved are told of', async () => {
    const stage = setStage({
      push: (ref) =>
        ref.endsWith(':latest') ? { ok: false, kept: true, ...trouble('unknown') } : { ok: true },
    });
    const [result] = await runOn(stage, [app]);
    expect(result?.failure).toEqual({
      code: 'push-conflict',
      message: `the registry does not let the tag ${THERE}:latest be moved: unknown`,
      advice: 'allow that in the registry, or leave the tag out of `tags`',
    });
  });

  it('are in the plan as they are in the run', async () => {
    const here = [plain.ref, 'plain:latest'];
    const stage = setStage({ here });
    const plan = await planImages(await requestOf(stage, [plain, app], {}), stage.tools);
    expect(stage.calls.filter((call) => !call.startsWith('probe'))).toEqual([]);
    const results = await runOn(setStage({ here }), [plain, app]);
    expect(tagsOf(results)).toEqual([['plain:latest'], [`${THERE}:latest`, `${THERE}:stable`]]);
    expect(tagsOf(plan)).toEqual(tagsOf(results));
  });
});
