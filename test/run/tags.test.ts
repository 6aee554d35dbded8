import { describe, expect, it } from 'vitest';
import { planImages } from '../../src/run/plan-images.ts';
import { imagine, TEAM } from '../rig/imagined.ts';
import { refused, registryError, requestOf, runOn, setStage } from '../rig/imagined-docker.ts';

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
        ref.startsWith('bad') ? { ok: false, message: 'no', log: [] } : { ok: true },
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

  it('stay with another image where this run publishes nothing, here as in the registry', async () => {
    const stage = setStage({ here: [app.ref, 'app:latest', 'app:stable'] });
    expect(tagsOf(await runOn(stage, [app]))).toEqual([[]]);
    expect(stage.calls).toEqual([]);
  });

  it('stay where they are for an image that is pulled', async () => {
    const stage = setStage({ registry: { [REF]: { is: 'present' } } });
    expect(tagsOf(await runOn(stage, [app]))).toEqual([[]]);
    expect(stage.calls).toEqual([`pull ${REF}`, `tag ${REF} ${app.ref}`]);
  });

  it('move with --tag-all to what is here, and to what is pulled', async () => {
    const registry = {
      [REF]: { is: 'present' },
      [`${THERE}:stable`]: { is: 'present', hash: app.hash, digest: 'of the same in a wrap' },
    } as const;
    const policy = { tagAll: true };
    for (const here of [[app.ref, 'app:latest', 'app:stable'], []]) {
      const stage = setStage({ registry, here });
      expect(tagsOf(await runOn(stage, [app], { policy }))).toEqual([
        [`${THERE}:latest`, 'app:stable'],
      ]);
      expect(stage.calls.filter((call) => call.startsWith('push'))).toEqual([
        `push ${THERE}:latest`,
      ]);
      expect(stage.local.get('app:latest')).toBe(stage.local.get(app.ref));
      expect(stage.owes.size).toBe(0);
    }
  });

  it('follow a push that is made good', async () => {
    const stage = setStage({ here: [app.ref], owed: [REF] });
    expect(tagsOf(await runOn(stage, [app]))).toEqual([[`${THERE}:latest`, `${THERE}:stable`]]);
    expect(stage.owes.size).toBe(0);
  });

  it('wait in the registry for an image whose push failed and was let pass', async () => {
    let isDown = true;
    const brave = imagine('app', { registry: TEAM, tags: ['latest'], onRegistryError: 'build' });
    const stage = setStage({ push: () => (isDown ? refused('unreachable') : { ok: true }) });
    expect(tagsOf(await runOn(stage, [brave]))).toEqual([['app:latest']]);
    expect(stage.calls).not.toContain(`push ${THERE}:latest`);
    isDown = false;
    expect(tagsOf(await runOn(stage, [brave]))).toEqual([[`${THERE}:latest`]]);
    expect(stage.owes.size).toBe(0);
  });

  it('that a failed run came no further with are moved by the next, and by no other image', async () => {
    let isBroken = true;
    const bad = imagine('bad');
    const stage = setStage({
      build: (ref) =>
        isBroken && ref.startsWith('bad') ? { ok: false, message: 'no', log: [] } : { ok: true },
    });
    await runOn(stage, [app, bad], { keepGoing: true });
    isBroken = false;
    const older = { ...app, ref: 'app:older', registryRef: `${THERE}:older` };
    stage.local.set('app:older', 'an older one');
    expect(tagsOf(await runOn(stage, [older]))).toEqual([[]]);
    const none = await runOn(stage, [app, bad], { policy: { push: false } });
    expect(tagsOf(none)).toEqual([['app:latest', 'app:stable'], []]);
    expect(tagsOf(await runOn(stage, [app, bad]))).toEqual([
      [`${THERE}:latest`, `${THERE}:stable`],
      [],
    ]);
    expect(stage.owes.size).toBe(0);
    expect(tagsOf(await runOn(stage, [app, bad]))).toEqual([[], []]);
  });

  it('are not pushed under --no-push', async () => {
    const stage = setStage();
    await runOn(stage, [app], { policy: { push: false } });
    expect(stage.calls.filter((call) => call.startsWith('push'))).toEqual([]);
    expect(stage.local.get('app:latest')).toBe(`built ${app.ref}`);
    // Nor is the image: the next run that may makes both good.
    const next = await runOn(stage, [app]);
    expect(next.map(({ action, push }) => [action, push])).toEqual([['none', true]]);
    expect(tagsOf(next)).toEqual([[`${THERE}:latest`, `${THERE}:stable`]]);
    expect(stage.owes.size).toBe(0);
  });

  it('are moved in the registry alone, for an image that need be nowhere else', async () => {
    const registry = {
      [REF]: { is: 'present' },
      [`${THERE}:latest`]: { is: 'present', hash: 'f'.repeat(64), digest: 'another' },
      [`${THERE}:stable`]: { is: 'present', hash: app.hash, digest: 'of the same in a wrap' },
    } as const;
    const stage = setStage({ registry });
    const results = await runOn(stage, [app], {
      policy: { require: 'registry', tagAll: true },
    });
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
        ref.endsWith(':latest')
          ? { ok: false, kept: true, ...registryError('unknown') }
          : { ok: true },
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
    const plan = await planImages(await requestOf(stage, [plain, app], {}), stage.services);
    expect(stage.calls.filter((call) => !call.startsWith('probe'))).toEqual([]);
    const results = await runOn(setStage({ here }), [plain, app]);
    expect(tagsOf(results)).toEqual([[], [`${THERE}:latest`, `${THERE}:stable`]]);
    expect(tagsOf(plan)).toEqual(tagsOf(results));
  });
});
