import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DockerUnusable, type Transfer } from '../../src/docker/port.ts';
import type { ResolvedImage } from '../../src/model/resolved.ts';
import { imagine, TEAM } from '../rig/imagined.ts';
import {
  type Built,
  refused,
  runOn,
  type Script,
  setStage,
  unknown,
} from '../rig/imagined-docker.ts';

/** A promise that the test keeps when it sees fit. */
function gateway(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((keep) => {
    resolve = keep;
  });
  return { promise, resolve };
}

const FAILS: Built = { ok: false, message: 'step 2 failed', log: ['last words'] };

const base = imagine('base');
const tool = imagine('tool', { parents: [base] });
const app = imagine('app', { parents: [tool] });
const shared = imagine('shared', { registry: TEAM });
const LOGGED_IN = { ...TEAM, credentials: { username: 'ann', password: { value: 'pass' } } };

const outcomes = (results: Awaited<ReturnType<typeof runOn>>) =>
  Object.fromEntries(results.map(({ image, action, outcome }) => [image, `${action} ${outcome}`]));

describe('a run', () => {
  it('does nothing where everything is here', async () => {
    const stage = setStage({ here: [base.ref, tool.ref, app.ref] });
    expect(outcomes(await runOn(stage, [base, tool, app]))).toEqual({
      base: 'none done',
      tool: 'none done',
      app: 'none done',
    });
    expect(stage.calls).toEqual([]);
  });

  it('builds an image with its parents in one call, which names them all', async () => {
    const stage = setStage();
    await runOn(stage, [base, tool, app], { wanted: ['app'] });
    expect(stage.calls).toEqual([base, tool, app].map(({ ref }) => `build ${ref}`));
    expect(stage.groups).toEqual([[base.ref, tool.ref, app.ref]]);
  });

  it('does not look at the parents of an image that is here', async () => {
    const stage = setStage({ here: [app.ref] });
    expect(outcomes(await runOn(stage, [base, tool, app], { wanted: ['app'] }))).toEqual({
      app: 'none done',
    });
  });

  it('pulls, and gives what it pulled its local name', async () => {
    const stage = setStage({ registry: { [`${shared.registryRef}`]: { is: 'present' } } });
    expect(outcomes(await runOn(stage, [shared]))).toEqual({ shared: 'pull done' });
    expect(stage.calls).toEqual([
      `pull ${shared.registryRef}`,
      `tag ${shared.registryRef} ${shared.ref}`,
    ]);
  });

  it('builds and pushes what a pull did not find', async () => {
    const stage = setStage();
    expect(outcomes(await runOn(stage, [shared]))).toEqual({ shared: 'build done' });
    expect(stage.calls).toEqual([
      `pull ${shared.registryRef}`,
      `build ${shared.ref}`,
      `probe ${shared.registryRef}`,
      `push ${shared.registryRef}`,
    ]);
    expect(stage.owes.size).toBe(0);
  });

  it('fails, and builds nothing, where the registry gives no clear answer', async () => {
    const registry = { [`${shared.registryRef}`]: unknown('denied') };
    const stage = setStage({ registry });
    const [result] = await runOn(stage, [shared]);
    expect(result).toMatchObject({ outcome: 'failed', failure: { code: 'registry-denied' } });
    expect(stage.calls).toEqual([`pull ${shared.registryRef}`]);
  });

  it('names an image that is here under its registry name only', async () => {
    const stage = setStage({ here: [`${shared.registryRef}`] });
    expect(outcomes(await runOn(stage, [shared]))).toEqual({ shared: 'none done' });
    expect(stage.calls).toEqual([`tag ${shared.registryRef} ${shared.ref}`]);
  });

  it('gives what it may not push its registry name all the same', async () => {
    const stage = setStage();
    await runOn(stage, [shared], { policy: { pull: false, push: false } });
    expect(stage.calls).toEqual([`build ${shared.ref}`]);
    expect(stage.local.has(`${shared.registryRef}`)).toBe(true);
  });

  it('logs in once, before the registry is asked for the first time', async () => {
    const one = imagine('one', { registry: LOGGED_IN });
    const two = imagine('two', { registry: LOGGED_IN });
    const stage = setStage();
    await runOn(stage, [one, two]);
    expect(stage.calls.filter((call) => call.startsWith('login'))).toEqual(['login team']);
    expect(stage.calls[0]).toBe('login team');
  });

  it('does not log in where the registry is not asked', async () => {
    const image = imagine('one', { registry: LOGGED_IN });
    const stage = setStage({ here: [image.ref] });
    await runOn(stage, [image]);
    expect(stage.calls).toEqual([]);
  });

  it('works on as many images at once as there are slots', async () => {
    const images = ['a', 'b', 'c', 'd', 'e'].map((key) => imagine(key));
    let now = 0;
    let most = 0;
    const build = async (): Promise<Built> => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
      return { ok: true };
    };
    await runOn(setStage({ build }, 3), images);
    expect(most).toBe(3);
  });
});

describe('after a failure', () => {
  const failsFor = (key: string): Script => ({
    build: (ref) => (ref.startsWith(`${key}:`) ? FAILS : { ok: true }),
  });

  it('what depends on the image is skipped, and the reason names it', async () => {
    const stage = setStage(failsFor('base'));
    const results = await runOn(stage, [base, tool, app]);
    expect(outcomes(results)).toEqual({
      base: 'build failed',
      tool: 'build skipped',
      app: 'build skipped',
    });
    expect(results.map(({ reason }) => reason)).toEqual([
      'not here',
      'its parent base failed',
      'its parent tool was skipped',
    ]);
    expect(results[0]?.failure).toEqual({
      code: 'build-failed',
      message: 'step 2 failed',
      log: ['last words'],
    });
  });

  it('nothing new starts, not even what waits for a slot', async () => {
    const images = ['bad', 'more', 'last'].map((key) => imagine(key));
    const stage = setStage(failsFor('bad'), 1);
    const results = await runOn(stage, images);
    expect(outcomes(results)).toEqual({
      bad: 'build failed',
      more: 'build skipped',
      last: 'build skipped',
    });
    expect(results[1]?.reason).toBe('not started, since bad failed');
    expect(stage.calls.filter((call) => call.startsWith('build'))).toHaveLength(1);
  });

  it('what does not depend on it goes on with --keep-going', async () => {
    const images = ['bad', 'more'].map((key) => imagine(key));
    const results = await runOn(setStage(failsFor('bad'), 1), images, { keepGoing: true });
    expect(outcomes(results)).toEqual({ bad: 'build failed', more: 'build done' });
  });

  it('what was built before is pushed, and what was called off is not finished', async () => {
    const gate = gateway();
    const [bad, late] = ['bad', 'late'].map((key) => imagine(key));
    const stage = setStage({
      async build(ref) {
        if (ref === bad?.ref) return gate.promise.then(() => FAILS);
        if (ref === shared.ref) {
          setImmediate(() => gate.resolve());
          return { ok: true };
        }
        await gate.promise;
        await new Promise(setImmediate);
        return { ok: true };
      },
    });
    const results = await runOn(stage, [bad!, shared, late!]);
    expect(outcomes(results)).toEqual({
      bad: 'build failed',
      shared: 'build done',
      late: 'build skipped',
    });
    expect(results[2]?.reason).toBe('not finished, since bad failed');
    expect(stage.calls).toContain(`push ${shared.registryRef}`);
    expect(stage.calls).not.toContain(`build ${late?.ref}`);
  });

  it('what is here counts as ready', async () => {
    const stage = setStage({ ...failsFor('base'), here: [app.ref] });
    expect(outcomes(await runOn(stage, [base, tool, app]))).toMatchObject({ app: 'none done' });
  });

  it('nothing stays staged', async () => {
    const stage = setStage(failsFor('base'));
    await runOn(stage, [base]);
    expect(stage.held.size).toBe(0);
  });
});

describe('inputs that move while an image is built', () => {
  it('leave it under its name, and fail it and what is built on it', async () => {
    const stage = setStage({ moved: { [base.ref]: 'src/main.c was changed' } });
    const results = await runOn(stage, [base, tool]);
    expect(outcomes(results)).toEqual({ base: 'build failed', tool: 'build failed' });
    expect(results.map(({ failure }) => [failure?.code, failure?.message])).toEqual([
      [
        'inputs-changed',
        `src/main.c was changed while it was built: ${base.ref} is there and true to its name, but it is not what the files say now`,
      ],
      [
        'inputs-changed',
        `its parent base was left behind while it was built: ${tool.ref} is there and true to its name, but it is not what the files say now`,
      ],
    ]);
    expect([...stage.local.keys()]).toEqual([base.ref, tool.ref]);
    expect(stage.held.size).toBe(0);
  });
});

describe('a push that fails', () => {
  it('fails the image and stays owed', async () => {
    const stage = setStage({
      push: () => ({ ...refused('unreachable'), message: 'connection refused' }) as Transfer,
    });
    const [result] = await runOn(stage, [shared]);
    expect(result?.failure).toEqual({
      code: 'registry-unreachable',
      message: `${shared.registryRef} is here, but could not be pushed: connection refused`,
      advice: 'check the server name, the network, and that the registry runs',
    });
    expect([...stage.owes.keys()]).toEqual([shared.registryRef]);
  });

  it('is made good by the next run', async () => {
    const stage = setStage({ here: [shared.ref], owed: [`${shared.registryRef}`] });
    const [result] = await runOn(stage, [shared]);
    expect(result).toMatchObject({ action: 'none', test: false, push: true, outcome: 'done' });
    expect(stage.calls).toEqual([
      `tag ${shared.ref} ${shared.registryRef}`,
      `probe ${shared.registryRef}`,
      `push ${shared.registryRef}`,
    ]);
    expect(stage.owes.size).toBe(0);
  });
});

describe('a parent without a hash in its tag', () => {
  const loose = imagine('loose', { withHash: false });
  const child = imagine('child', { parents: [loose] });
  const here = [loose.ref];

  it('is built anew where it was built from other inputs', async () => {
    const stage = setStage({ here, builtFrom: { [loose.ref]: 'f'.repeat(64) } });
    const results = await runOn(stage, [loose, child], { wanted: ['child'] });
    expect(outcomes(results)).toEqual({ loose: 'build done', child: 'build done' });
    expect(results[0]?.reason).toContain('built from other inputs than the hash of child names');
  });

  it('is built anew where nothing says what it was built from', async () => {
    const results = await runOn(setStage({ here }), [loose, child], { wanted: ['child'] });
    expect(outcomes(results)).toMatchObject({ loose: 'build done' });
  });

  it('is kept where it was built from the same inputs', async () => {
    const stage = setStage({ here, builtFrom: { [loose.ref]: `${loose.hash}` } });
    const results = await runOn(stage, [loose, child], { wanted: ['child'] });
    expect(outcomes(results)).toEqual({ loose: 'none done', child: 'build done' });
  });

  it('is built anew once for all its children', async () => {
    const twin = imagine('twin', { parents: [loose] });
    const stage = setStage({ here });
    await runOn(stage, [loose, child, twin]);
    expect(stage.calls.filter((call) => call === `build ${loose.ref}`)).toHaveLength(1);
  });

  it('is kept with a warning where no child must be built', async () => {
    const stage = setStage({ here, builtFrom: { [loose.ref]: 'f'.repeat(64) } });
    await runOn(stage, [loose]);
    expect(stage.events).toEqual([
      {
        type: 'warning',
        warning: {
          severity: 'warning',
          code: 'stale-image',
          image: 'loose',
          message: "loose is here, but it was built from other inputs than today's",
          advice:
            '`docker-ensure up --force loose` builds it anew; `with_hash: true` keeps it up to date',
        },
      },
    ]);
  });

  it('is asked for its labels once for all runs', async () => {
    const stage = setStage({ here, builtFrom: { [loose.ref]: `${loose.hash}` } });
    await runOn(stage, [loose]);
    await runOn(stage, [loose]);
    expect(stage.looks).toEqual([`id of ${loose.ref}`]);
  });
});

describe('what cannot be a result', () => {
  it('is thrown once everything that was begun has ended', async () => {
    const gate = gateway();
    const images = ['broken', 'slow'].map((key) => imagine(key));
    let slowEnded = false;
    const stage = setStage({
      async build(ref) {
        if (ref.startsWith('broken')) throw new DockerUnusable('no-daemon', 'gone', 'start it');
        await gate.promise;
        slowEnded = true;
        return { ok: true };
      },
    });
    const run = runOn(stage, images);
    setImmediate(() => gate.resolve());
    await expect(run).rejects.toThrow('gone');
    expect(slowEnded).toBe(true);
    expect(stage.held.size).toBe(0);
  });

  it('is thrown once the other parents of an image have ended', async () => {
    const gate = gateway();
    const parents = ['broken', 'slow'].map((key) => imagine(key));
    const child = imagine('child', { parents });
    let slowEnded = false;
    const stage = setStage({
      async build(ref) {
        if (ref.startsWith('broken')) throw new DockerUnusable('no-daemon', 'gone', 'start it');
        await gate.promise;
        slowEnded = true;
        return { ok: true };
      },
    });
    const run = runOn(stage, [...parents, child], { wanted: ['child'] });
    setImmediate(() => gate.resolve());
    await expect(run).rejects.toThrow('gone');
    expect(slowEnded).toBe(true);
    expect(stage.held.size).toBe(0);
  });
});

interface World {
  readonly images: readonly ResolvedImage[];
  readonly here: readonly string[];
  readonly failing: ReadonlySet<string>;
  readonly wanted: readonly string[];
}

/** Any family of up to nine images, each with parents among those before it, and what fails. */
const worlds: fc.Arbitrary<World> = fc
  .array(
    fc.record({
      parents: fc.array(fc.nat(), { maxLength: 3 }),
      here: fc.boolean(),
      fails: fc.boolean(),
      wanted: fc.boolean(),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((shapes) => {
    const images: ResolvedImage[] = [];
    for (const [index, { parents }] of shapes.entries()) {
      const chosen = new Set(parents.map((parent) => parent % (index + 1)));
      const own = [...chosen].flatMap((parent) => images[parent] ?? []);
      images.push(imagine(`${'abcdefghi'[index]}`, { parents: own }));
    }
    const where = (key: 'here' | 'fails' | 'wanted') =>
      images.filter((_, index) => shapes[index]?.[key]);
    return {
      images,
      here: where('here').map(({ ref }) => ref),
      failing: new Set(where('fails').map(({ ref }) => ref)),
      wanted: where('wanted').map(({ image }) => image.key),
    };
  });

describe('any run', () => {
  it('builds parents before children, nothing twice, and tells the outcome of all it looked at', async () => {
    const slotCounts = fc.integer({ min: 1, max: 4 });
    await fc.assert(
      fc.asyncProperty(worlds, fc.boolean(), slotCounts, async (world, keepGoing, slots) => {
        const { images, here, failing, wanted } = world;
        const build = async (ref: string): Promise<Built> => {
          await new Promise(setImmediate);
          return failing.has(ref) ? FAILS : { ok: true };
        };
        const stage = setStage({ here, build }, slots);
        const results = await runOn(stage, images, { wanted, keepGoing });
        const outcome = new Map(results.map((result) => [result.image, result.outcome]));
        const builds = stage.calls.filter((call) => call.startsWith('build '));

        expect(new Set(builds).size).toBe(builds.length);
        expect(wanted.filter((key) => !outcome.has(key))).toEqual([]);
        for (const resolved of images.filter(({ ref }) => builds.includes(`build ${ref}`))) {
          const at = builds.indexOf(`build ${resolved.ref}`);
          for (const { key, ref } of resolved.build?.parents ?? []) {
            expect(outcome.get(key)).toBe('done');
            expect(builds.indexOf(`build ${ref}`)).toBeLessThan(at);
          }
          expect(outcome.get(resolved.image.key)).toBe(
            failing.has(resolved.ref) ? 'failed' : 'done',
          );
        }
        expect(stage.held.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
