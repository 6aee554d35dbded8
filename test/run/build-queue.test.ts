import { describe, expect, it } from 'vitest';
import type { RunServices } from '../../src/run/step-runner.ts';
import { imagine, TEAM } from '../rig/imagined.ts';
import { type Built, runOn, type Stage, setStage } from '../rig/imagined-docker.ts';

const base = imagine('base');
const child = imagine('child', { parents: [base] });
const other = imagine('other');
const family = [base, child, other];

const UNCLEAR: Built = { ok: false, message: 'nobody knows why', log: [], again: 'apart' };
const OUTRUN: Built = { ok: false, message: 'somebody was quicker', log: [], again: 'as-it-is' };

const ends = (results: Awaited<ReturnType<typeof runOn>>) =>
  Object.fromEntries(
    results.map(({ image, outcome, reason, failure }) => [
      image,
      outcome === 'skipped' ? reason : (failure?.message ?? outcome),
    ]),
  );

/** The stage with some services of the test's own. */
const withServices = (stage: Stage, own: Partial<RunServices>): Stage => ({
  ...stage,
  services: { ...stage.services, ...own },
});

describe('a group that docker cannot build together', () => {
  it('is built image by image, parents first', async () => {
    let asked = 0;
    const stage = setStage({
      build: () => {
        asked += 1;
        return asked === 1 ? UNCLEAR : { ok: true };
      },
    });
    expect(ends(await runOn(stage, family))).toEqual({
      base: 'done',
      child: 'done',
      other: 'done',
    });
    const [first, ...rest] = stage.groups;
    expect(first).toEqual(family.map(({ ref }) => ref));
    expect(rest.every((group) => group.length === 1)).toBe(true);
    const order = rest.flat();
    expect(order.toSorted()).toEqual(family.map(({ ref }) => ref).toSorted());
    expect(order.indexOf(base.ref)).toBeLessThan(order.indexOf(child.ref));
    expect([...stage.held, ...stage.locked]).toEqual([]);
  });

  it('keeps what was built before, and shows whose fault it is', async () => {
    let asked = 0;
    const stage = setStage({
      build: async (ref) => {
        if (ref === other.ref) return { ok: true };
        await new Promise(setImmediate);
        asked += 1;
        return asked === 1 ? UNCLEAR : { ok: false, message: `${ref} is to blame`, log: [] };
      },
    });
    const results = await runOn(stage, family);
    expect(ends(results)).toEqual({
      base: `${base.ref} is to blame`,
      child: 'its parent base failed',
      other: 'done',
    });
    expect(stage.groups.slice(1)).toEqual([[base.ref]]);
  });
});

describe('a build that another one has outrun', () => {
  it('is tried again as it is', async () => {
    let asked = 0;
    const stage = setStage({
      build: (ref) => {
        if (ref !== base.ref) return { ok: true };
        asked += 1;
        return asked === 1 ? OUTRUN : { ok: true };
      },
    });
    expect(ends(await runOn(stage, [base]))).toEqual({ base: 'done' });
    expect(stage.groups).toEqual([[base.ref], [base.ref]]);
  });

  it('fails when that happens three times', async () => {
    const stage = setStage({ build: () => OUTRUN });
    expect(ends(await runOn(stage, [base]))).toEqual({ base: 'somebody was quicker' });
    expect(stage.groups).toHaveLength(3);
    expect([...stage.held, ...stage.locked]).toEqual([]);
  });
});

describe('an image that another run works on', () => {
  /** Another run has the lock of the base, and is done with it after so many looks, `made` or not. */
  function busy(looks: number, made: boolean) {
    const stage = setStage({ lock: (ref) => ref === base.ref });
    const waits: number[] = [];
    stage.locked.add(base.ref);
    const wait = async (ms: number) => {
      waits.push(ms);
      // What can be built meanwhile is built.
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (waits.length < looks) return;
      if (made) stage.local.set(base.ref, `id of ${base.ref}`);
      stage.locked.delete(base.ref);
    };
    return { stage: withServices(stage, { wait }), waits };
  }

  it('is waited for, with its children, and taken as that run has made it', async () => {
    const { stage, waits } = busy(3, true);
    expect(ends(await runOn(stage, family))).toEqual({
      base: 'done',
      child: 'done',
      other: 'done',
    });
    expect(waits).toHaveLength(3);
    expect(stage.groups).toEqual([[other.ref], [child.ref]]);
    const waiting = stage.events.filter(({ type }) => type === 'image-waiting');
    expect(waiting).toEqual([{ type: 'image-waiting', image: 'base', ref: base.ref, pid: 1 }]);
    expect([...stage.held, ...stage.locked]).toEqual([]);
  });

  it('is built where that run has not made it', async () => {
    const { stage } = busy(2, false);
    expect(ends(await runOn(stage, family))).toEqual({
      base: 'done',
      child: 'done',
      other: 'done',
    });
    expect(stage.groups).toEqual([[other.ref], [base.ref, child.ref]]);
  });

  it('is not waited for after a failure', async () => {
    const { stage } = busy(1000, true);
    const fails = withServices(stage, {
      docker: {
        ...stage.services.docker,
        build: async ({ builds: [first] }) => ({
          ok: false,
          key: first?.key ?? null,
          message: 'no',
          log: [],
        }),
      },
    });
    expect(ends(await runOn(fails, family))).toMatchObject({
      base: 'not started, since other failed',
      other: 'no',
    });
  });
});

describe('an image that cannot be prepared', () => {
  const unstaged = (stage: Stage): Stage => {
    const { stager } = stage.services;
    return withServices(stage, {
      stager: {
        ...stager,
        stage: async (resolved) =>
          resolved.image.key === 'base'
            ? { moved: false, message: 'no room' }
            : stager.stage(resolved),
      },
    });
  };

  it('has nothing started', async () => {
    const stage = unstaged(setStage());
    const results = await runOn(stage, family);
    expect(ends(results)).toEqual({
      base: expect.stringContaining('no room'),
      child: 'its parent base failed',
      other: 'not started, since base failed',
    });
    expect(stage.groups).toEqual([]);
    expect([...stage.held, ...stage.locked]).toEqual([]);
  });

  it('has what does not need it built with --keep-going', async () => {
    const stage = unstaged(setStage());
    const results = await runOn(stage, family, { keepGoing: true });
    expect(ends(results)).toMatchObject({ child: 'its parent base failed', other: 'done' });
    expect(stage.groups).toEqual([[other.ref]]);
    expect([...stage.held, ...stage.locked]).toEqual([]);
  });
});

it('an image is pushed while others of its group are still being built', async () => {
  const quick = imagine('quick', { registry: TEAM, remotePolicy: 'push_only' });
  let pushed = () => {};
  const isPushed = new Promise<void>((resolve) => {
    pushed = resolve;
  });
  const stage = setStage({
    build: async (ref) => {
      // It ends only once the other one was pushed.
      if (ref === other.ref) await isPushed;
      return { ok: true };
    },
    push: () => {
      pushed();
      return { ok: true };
    },
  });
  expect(ends(await runOn(stage, [quick, other]))).toEqual({ quick: 'done', other: 'done' });
  expect(stage.groups).toHaveLength(1);
  expect(stage.calls.filter((call) => /^(build|push) /.test(call))).toEqual([
    `build ${quick.ref}`,
    `push ${quick.registryRef}`,
    `build ${other.ref}`,
  ]);
});
