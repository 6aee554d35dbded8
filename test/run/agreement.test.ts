import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namesHere, registryHomes } from '../../src/model/homes.ts';
import type { RegistryAnswer, RunPolicy } from '../../src/model/plan.ts';
import { isPushedTo } from '../../src/model/remote-policy.ts';
import type { ResolvedImage } from '../../src/model/resolved.ts';
import { ensureImages } from '../../src/run/ensure-images.ts';
import { testNote } from '../../src/run/owed-tests.ts';
import { planImages } from '../../src/run/plan-images.ts';
import type { RunRequest } from '../../src/run/run-state.ts';
import {
  homeAt,
  type Imagined,
  type ImaginedImage,
  imagine,
  MIRROR,
  TEAM,
  TEST,
} from '../rig/imagined.ts';
import {
  hidden,
  refused,
  requestOf,
  type Script,
  type Stage,
  setStage,
  unknown,
} from '../rig/imagined-docker.ts';

interface World {
  readonly images: readonly ResolvedImage[];
  readonly script: Script;
  readonly wanted: readonly string[];
  readonly policy: RunPolicy;
}

const shape = fc.record({
  parents: fc.array(fc.nat(), { maxLength: 3 }),
  kind: fc.constantFrom('hashed', 'loose', 'pulled'),
  registry: fc.boolean(),
  remotePolicy: fc.constantFrom('all', 'pull_only', 'push_only', 'none'),
  /** A second registry, and what may be done with it. */
  mirror: fc.constantFrom(null, null, 'all' as const, 'pull_only' as const, 'push_only' as const),
  mirrorIsFirst: fc.boolean(),
  onRegistryError: fc.constantFrom('fail' as const, 'fail' as const, 'build' as const),
  forceBuild: fc.oneof(
    { weight: 9, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  here: fc.constantFrom('no', 'no', 'here', 'under the registry name'),
  /** What an image that is here, or in the registry, was built from. */
  builtFrom: fc.constantFrom('the same', 'other', 'unknown'),
  inRegistry: fc.constantFrom<RegistryAnswer>(
    { is: 'present' },
    { is: 'absent' },
    unknown('denied'),
    hidden(),
    unknown('timeout', 'yes'),
  ),
  inMirror: fc.constantFrom<RegistryAnswer>(
    { is: 'present' },
    { is: 'absent' },
    unknown('timeout', 'yes'),
  ),
  owed: fc.boolean(),
  owedToMirror: fc.boolean(),
  hasTest: fc.boolean(),
  /** A build of it, here, was not tested. */
  untested: fc.boolean(),
  testFails: fc.oneof(
    { weight: 4, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  wanted: fc.boolean(),
  forced: fc.oneof(
    { weight: 9, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  buildFails: fc.oneof(
    { weight: 4, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  pushFails: fc.oneof(
    { weight: 4, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  moves: fc.oneof(
    { weight: 9, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
});
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

function imageOf(
  key: string,
  { kind, registry, ...own }: Shape,
  parents: readonly ResolvedImage[],
) {
  const team = registry ? [homeAt(TEAM, own.remotePolicy)] : [];
  const mirror = own.mirror === null ? [] : [homeAt(MIRROR, own.mirror)];
  const common: Imagined = {
    homes: own.mirrorIsFirst ? [...mirror, ...team] : [...team, ...mirror],
    remotePolicy: own.remotePolicy,
    onRegistryError: own.onRegistryError,
    forceBuild: own.forceBuild && kind !== 'pulled',
    tests: own.hasTest && kind !== 'pulled' ? [TEST] : [],
  };
  if (kind === 'pulled') return imagine(key, { ...common, parents: null });
  return imagine(key, { ...common, parents, withHash: kind === 'hashed' });
}

function worldOf(shapes: readonly Shape[], policy: Omit<RunPolicy, 'force'>): World {
  const images: ImaginedImage[] = [];
  for (const [index, each] of shapes.entries()) {
    const chosen = new Set(each.parents.map((parent) => parent % (index + 1)));
    const parents = [...chosen].flatMap((parent) => images[parent] ?? []);
    images.push(imageOf('abcdefgh'[index]!, each, parents));
  }
  const all = images.map((image, index) => ({ image, ...shapes[index]! }));
  const names = ({ image }: { image: ResolvedImage }) => namesHere(image);
  const here = all.flatMap(({ image, here }) => {
    if (here === 'no') return [];
    return here === 'here' ? [image.ref] : [image.registryRef ?? image.ref];
  });
  const builtFrom = all.flatMap((each): [string, string][] => {
    if (each.builtFrom === 'unknown') return [];
    const hash = each.builtFrom === 'other' ? 'f'.repeat(64) : (each.image.hash ?? '');
    return names(each).map((name) => [name, hash]);
  });
  const answers = all.flatMap((each): [string, RegistryAnswer][] =>
    names(each).map((name) => [
      name,
      name.startsWith(`${MIRROR.server}/`) ? each.inMirror : each.inRegistry,
    ]),
  );
  const that = (key: 'buildFails' | 'pushFails' | 'testFails' | 'moves') =>
    new Set(all.flatMap((each) => (each[key] ? names(each) : [])));
  const [buildFails, pushFails, moves] = [that('buildFails'), that('pushFails'), that('moves')];
  const testFails = that('testFails');
  return {
    images,
    wanted: all.filter(({ wanted }) => wanted).map(({ image }) => image.image.key),
    policy: {
      ...policy,
      force: new Set(
        all.filter(({ forced, wanted }) => forced && wanted).map(({ image }) => image.image.key),
      ),
    },
    script: {
      here,
      builtFrom: Object.fromEntries(builtFrom),
      registry: Object.fromEntries(answers),
      owed: all.flatMap(({ image, owed, owedToMirror, untested }) => [
        ...registryHomes(image).flatMap(({ registry, ref }) =>
          (registry === MIRROR ? owedToMirror : owed) ? [ref] : [],
        ),
        ...(untested ? [testNote(image.ref)] : []),
      ]),
      test: (ref) =>
        testFails.has(ref) ? { ok: false, message: 'it is wrong', log: [] } : { ok: true },
      build: (ref) =>
        buildFails.has(ref) ? { ok: false, message: 'it broke', log: [] } : { ok: true },
      push: (ref) => (pushFails.has(ref) ? refused('denied') : { ok: true }),
      moved: Object.fromEntries([...moves].map((ref) => [ref, 'a file was changed'])),
    },
  };
}

const policies = fc.record({
  pull: fc.boolean(),
  build: fc.boolean(),
  push: fc.boolean(),
  test: fc.boolean(),
  offline: fc.oneof(
    { weight: 4, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  tagAll: fc.boolean(),
  require: fc.constantFrom(
    null,
    null,
    null,
    'local' as const,
    'registry' as const,
    'both' as const,
  ),
});
const shapes = fc.array(shape, { minLength: 1, maxLength: 8 });

type Results = Awaited<ReturnType<typeof ensureImages>>['results'];

/** A run that has ended. */
interface Ran {
  readonly world: World;
  readonly request: RunRequest;
  readonly stage: Stage;
  readonly results: Results;
}

async function ran(world: World, keepGoing: boolean, slots = 4): Promise<Ran> {
  const stage = setStage(world.script, slots);
  const request = await requestOf(stage, world.images, { ...world, keepGoing });
  const { results } = await ensureImages(request, stage.services);
  return { world, request, stage, results };
}

/** All that was asked for, parents first, and beyond that only parents of what must be built. */
function expectTheNeeded({ world, request, results }: Ran): void {
  const byKey = new Map(results.map((result) => [result.image, result]));
  expect([...byKey.keys()]).toEqual(request.graph.order.filter((key) => byKey.has(key)));
  expect(world.wanted.filter((key) => !byKey.has(key))).toEqual([]);
  const children = (key: string) =>
    request.graph.children(key).flatMap((child) => byKey.get(child) ?? []);
  const needed = (key: string) =>
    children(key).some(
      ({ image, action }) => action === 'build' || request.local.get(image)?.untested === true,
    );
  const idle = [...byKey.keys()].filter((key) => !world.wanted.includes(key) && !needed(key));
  expect(idle).toEqual([]);
}

/** An outcome says what was done, and what was done has an outcome. */
function expectTrueOutcomes({ stage, results, request }: Ran): void {
  for (const { image, ref, outcome, failure, reason, action } of results) {
    const built = stage.calls.includes(`build ${ref}`);
    expect(reason).not.toBe('');
    expect([image, failure !== null]).toEqual([image, outcome === 'failed']);
    const isHeldBack = reason.startsWith('built, but not published');
    if (outcome === 'skipped') expect([image, built]).toEqual([image, isHeldBack]);
    if (outcome !== 'done') continue;
    expect([image, built]).toEqual([image, action === 'build']);
    const onlyThere = action === 'none' && reason.startsWith('in the regist');
    if (onlyThere) expect(request.policy.require).toBe('registry');
    expect([ref, stage.local.has(ref)]).toEqual([ref, !onlyThere]);
  }
}

/** Nothing is done twice, nothing before its parents, and nothing stays staged or locked. */
function expectOrder({ request, stage, results }: Ran): void {
  const does = stage.calls.filter((call) => /^(build|push) /.test(call));
  const builds = does.filter((call) => call.startsWith('build '));
  expect(new Set(builds).size).toBe(builds.length);
  // An owed push may come before it turns out that a child needs the image built anew.
  for (const { ref, homes } of request.images.values()) {
    for (const home of homes) {
      const pushes = does.filter((call) => call === `push ${home.ref}`).length;
      expect(pushes).toBeLessThanOrEqual(builds.includes(`build ${ref}`) ? 2 : 1);
    }
  }
  expect([...stage.held, ...stage.locked]).toEqual([]);
  const outcomes = new Map(results.map(({ image, outcome }) => [image, outcome]));
  for (const [at, call] of does.entries()) {
    const built = [...request.images.values()].find(({ ref }) => call === `build ${ref}`);
    for (const parent of built?.build?.parents ?? []) {
      // One that is built, and could not be pushed, is fit to build on.
      if (!builds.includes(`build ${parent.ref}`)) expect(outcomes.get(parent.key)).toBe('done');
      expect(does.indexOf(`build ${parent.ref}`)).toBeLessThan(at);
    }
  }
}

/** What could not be pushed is owed, what was pushed is not. */
function expectDebts({ stage, results }: Ran): void {
  for (const { registries, outcome, failure } of results) {
    for (const { ref, action } of registries) {
      if (outcome === 'done' && action === 'push') expect(stage.owes.has(ref)).toBe(false);
      if (failure?.message.includes(`${ref} is here, but could not be pushed`))
        expect(stage.owes.has(ref)).toBe(true);
    }
  }
}

/** Nothing is brought to a registry that is only pulled from, nor pulled from one that is only pushed to. */
function expectPolicies({ request, stage }: Ran): void {
  for (const { homes } of request.images.values()) {
    for (const { ref, remotePolicy } of homes) {
      const to = stage.calls.filter(
        (call) => call === `push ${ref}` || (call.startsWith('tag-') && call.endsWith(` ${ref}`)),
      );
      const from = stage.calls.filter(
        (call) => call === `pull ${ref}` || call.startsWith(`tag-remotely ${ref} `),
      );
      if (['pull_only', 'none'].includes(remotePolicy)) expect(to).toEqual([]);
      if (['push_only', 'none'].includes(remotePolicy)) expect(from).toEqual([]);
      if (!request.policy.push) expect(to).toEqual([]);
    }
  }
}

/** With `require: registry` and `both` each registry that is pushed to has what was ensured. */
async function expectRequired({ request, stage, results, world }: Ran): Promise<void> {
  const { require, offline } = request.policy;
  if (offline || (require !== 'registry' && require !== 'both')) return;
  for (const { image, outcome } of results) {
    if (outcome !== 'done' || !world.wanted.includes(image)) continue;
    const pushed = registryHomes(request.images.get(image)!).filter(isPushedTo);
    for (const { ref } of pushed)
      expect((await stage.services.docker.probe(ref, 1)).is).toBe('present');
  }
}

/** Nothing is published before its tests have passed, and those of all that it is built on with it. */
function expectProof({ request, stage, results }: Ran): void {
  const { images } = request;
  const isNew = (key: string) =>
    stage.calls.includes(`build ${images.get(key)!.ref}`) ||
    request.local.get(key)?.untested === true;
  const mustPass = (key: string): boolean => {
    const { image } = images.get(key)!;
    // Who has published it has tested it.
    const isThere = results.some(
      ({ image, reason }) =>
        image === key && /^(here and )?in the regist(ry|ries)( [a-z, ]+)?$/.test(reason),
    );
    return request.policy.test && isNew(key) && !isThere && image.tests.length > 0;
  };
  // One that is here, and not marked as untested, is fit with all that it is built on.
  const ancestors = (key: string): string[] =>
    request.graph
      .parents(key)
      .flatMap((parent) => (isNew(parent) ? [parent, ...ancestors(parent)] : []));
  const passed = (key: string, before: number) => {
    // The image has all its names.
    const names = namesHere(images.get(key)!).map((name) => `test ${name} check`);
    const at = stage.calls.findIndex((call) => names.includes(call));
    const ended = stage.events.find(
      (event) => event.type === 'step-done' && event.step === 'test' && event.image === key,
    );
    const isPassed = ended?.type === 'step-done' && ended.result === 'done';
    return isPassed && at >= 0 && at < before;
  };
  for (const { image, ref, homes } of images.values()) {
    const builtAt = stage.calls.indexOf(`build ${ref}`);
    for (const home of homes) {
      const at = stage.calls.indexOf(`push ${home.ref}`, builtAt + 1);
      if (builtAt < 0 || at < 0) continue;
      expect(request.policy.test).toBe(true);
      const all = [image.key, ...ancestors(image.key)].filter(mustPass);
      expect(all.filter((key) => !passed(key, at))).toEqual([]);
    }
  }
}

/** After a failure nothing new is begun: only what was built is pushed. */
function expectCalm({ request, stage }: Ran): void {
  const failed = stage.events.findIndex(({ type }) => type === 'image-failed');
  if (failed < 0 || request.keepGoing) return;
  const begun = stage.events
    .slice(failed)
    .filter(
      (event) =>
        event.type === 'step-started' &&
        event.step !== 'push' &&
        event.step !== 'test' &&
        event.step !== 'copy',
    );
  expect(begun).toEqual([]);
}

describe('any run of any images', () => {
  it('does what its plan says, as far as all goes well', async () => {
    const gist = ({ image, ref, action, test, push, reason, registries }: Results[number]) => {
      // Of several each is told of, as far as nobody else was quicker.
      const parts = / pushed( to .*)? meanwhile$/.test(reason) ? null : registries;
      // What the registry has all the same, under --no-pull, is found right before the push.
      return {
        image,
        ref,
        action,
        test,
        push: push || parts === null,
      };
    };
    const well = shapes.map((all) =>
      all.map((each) => ({
        ...each,
        buildFails: false,
        pushFails: false,
        testFails: false,
        moves: false,
        // What an image in the registry was built from is known once it was pulled.
        builtFrom: each.here === 'no' ? ('the same' as const) : each.builtFrom,
      })),
    );
    await fc.assert(
      fc.asyncProperty(well, policies, async (any, policy) => {
        const world = worldOf(any, policy);
        const looked = setStage(world.script);
        const plan = await planImages(
          await requestOf(looked, world.images, { ...world }),
          looked.services,
        );
        expect(looked.calls.filter((call) => !/^(labels|probe) /.test(call))).toEqual([]);
        // After a failure a run starts nothing new, and what is not begun is not decided.
        fc.pre(plan.every(({ outcome }) => outcome === null));
        const { results } = await ran(world, false);
        expect(results.map(gist)).toEqual(plan.map(gist));
        expect(results.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('has results that hold together', async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes,
        policies,
        fc.boolean(),
        fc.integer({ min: 1, max: 4 }),
        async (any, policy, keepGoing, slots) => {
          const end = await ran(worldOf(any, policy), keepGoing, slots);
          expectTheNeeded(end);
          expectTrueOutcomes(end);
          expectOrder(end);
          expectDebts(end);
          expectProof(end);
          expectCalm(end);
          expectPolicies(end);
          await expectRequired(end);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
