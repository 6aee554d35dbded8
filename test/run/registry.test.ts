import { describe, expect, it } from 'vitest';
import { imagine, TEAM } from '../rig/imagined.ts';
import {
  hidden,
  refused,
  registryError,
  runOn,
  type Script,
  setStage,
  unknown,
} from '../rig/imagined-docker.ts';

const app = imagine('app', { registry: TEAM });
const REF = `${app.registryRef}`;
const OTHER = 'f'.repeat(64);

const done = (results: Awaited<ReturnType<typeof runOn>>) =>
  results.map(
    ({ image, action, push, outcome }) => `${image} ${action}${push ? '+push' : ''} ${outcome}`,
  );

/** What was asked of registries. */
const asked = (calls: readonly string[]) =>
  calls.filter((call) => /^(pull|push|probe|tag-remotely|login) /.test(call));

describe('what may pass', () => {
  it('is tried again until it has passed, and each further try is told of', async () => {
    const registry = {
      [REF]: [unknown('timeout', 'yes'), unknown('server-fault', 'yes'), { is: 'present' }],
    } as const;
    const stage = setStage({ registry, retries: 3 });
    expect(done(await runOn(stage, [app]))).toEqual(['app pull done']);
    expect(asked(stage.calls)).toEqual([`pull ${REF}`, `pull ${REF}`, `pull ${REF}`]);
    expect(stage.waits).toEqual([1000, 2000]);
    expect(stage.events.filter(({ type }) => type === 'step-retry')).toEqual([
      {
        type: 'step-retry',
        image: 'app',
        step: 'pull',
        ref: REF,
        registryError: expect.objectContaining({ fault: 'timeout' }),
        attempt: 2,
        attempts: 4,
        delayMs: 1000,
      },
      expect.objectContaining({ attempt: 3, delayMs: 2000 }),
    ]);
    expect(stage.services.registries.retries).toBe(2);
  });

  it('fails once the tries are used up, and nothing was built', async () => {
    const stage = setStage({ registry: { [REF]: unknown('timeout', 'yes') }, retries: 2 });
    const [result] = await runOn(stage, [app]);
    expect(result).toMatchObject({ outcome: 'failed', failure: { code: 'registry-timeout' } });
    expect(asked(stage.calls)).toEqual([`pull ${REF}`, `pull ${REF}`, `pull ${REF}`]);
  });

  it('holds no slot while it waits', async () => {
    const other = imagine('other');
    const order: string[] = [];
    const stage = setStage(
      {
        registry: { [REF]: [unknown('timeout', 'yes'), { is: 'present' }] },
        retries: 1,
        build: (ref) => {
          order.push('build');
          return { ok: true, id: ref };
        },
      },
      1,
    );
    const wait = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push('waited');
    };
    await runOn({ ...stage, services: { ...stage.services, wait } }, [app, other]);
    expect(order).toEqual(['build', 'waited']);
  });

  it('is tried again for a push, and for a login', async () => {
    const pushes = [refused('unreachable', 'yes'), { ok: true as const }];
    const credentials = { username: 'ann', password: { value: 'pass' } };
    const own = imagine('app', { registry: { ...TEAM, credentials } });
    const stage = setStage({
      retries: 1,
      login: [refused('timeout', 'yes'), { ok: true }],
      push: () => pushes.shift() ?? { ok: true },
    });
    expect(done(await runOn(stage, [own]))).toEqual(['app build+push done']);
    expect(asked(stage.calls)).toEqual([
      'login team',
      'login team',
      `pull ${REF}`,
      `probe ${REF}`,
      `push ${REF}`,
      `probe ${REF}`,
      `push ${REF}`,
    ]);
  });

  it('is tried again for a build whose base image could not be fetched', async () => {
    const outcomes = [
      {
        ok: false as const,
        message: 'no',
        log: [],
        registryError: registryError('server-fault', 'yes'),
      },
      { ok: true as const, id: 'id' },
    ];
    const stage = setStage({ retries: 1, build: () => outcomes.shift() ?? { ok: true, id: '' } });
    expect(done(await runOn(stage, [imagine('plain')]))).toEqual(['plain build done']);
  });

  it('is tried as often as the registry says, where the command line does not', async () => {
    const patient = imagine('app', {
      registry: { ...TEAM, limits: { retries: 1, timeoutMs: 1, maxConcurrent: null } },
    });
    const { createRegistries } = await import('../../src/run/registries.ts');
    const { default: pLimit } = await import('p-limit');
    const stage = setStage({ registry: { [REF]: unknown('timeout', 'yes') } });
    const registries = createRegistries({ slot: pLimit(4), retries: null, random: () => 0 });
    await runOn({ ...stage, services: { ...stage.services, registries } }, [patient]);
    expect(asked(stage.calls)).toHaveLength(2);
  });

  it('of a server that is gone is tried again only if it had answered', async () => {
    const two = imagine('two', { registry: TEAM });
    const gone = unknown('unreachable', 'perhaps');
    const first = setStage({ registry: { [REF]: gone }, retries: 2 });
    await runOn(first, [app]);
    expect(asked(first.calls)).toEqual([`pull ${REF}`]);
    const later = setStage({ registry: { [REF]: [gone, { is: 'present' }] }, retries: 2 }, 1);
    await runOn(later, [two, app]);
    expect(later.calls.filter((call) => call === `pull ${REF}`)).toHaveLength(2);
  });
});

describe('max_concurrent', () => {
  it('bounds the commands that are busy with one registry, and no others', async () => {
    const narrow = { ...TEAM, limits: { ...TEAM.limits, maxConcurrent: 1 } };
    const images = [1, 2, 3].map((n) => imagine(`n${n}`, { registry: narrow }));
    const free = imagine('z', { registry: { ...TEAM, key: 'other' } });
    let now = 0;
    let most = 0;
    const stage = setStage({}, 4);
    const pull = stage.services.docker.pull;
    const docker = {
      ...stage.services.docker,
      async pull(...args: Parameters<typeof pull>) {
        if (args[0].includes('/z:')) return pull(...args);
        now += 1;
        most = Math.max(most, now);
        await new Promise(setImmediate);
        now -= 1;
        return pull(...args);
      },
    };
    await runOn({ ...stage, services: { ...stage.services, docker } }, [...images, free]);
    expect(most).toBe(1);
  });
});

describe('a registry that says "denied"', () => {
  const registry = { [REF]: hidden() };

  it('in other words than those for what does not exist could not tell', async () => {
    const forbidden = { [REF]: unknown('denied') };
    const stage = setStage({ registry: forbidden, logins: ['registry.test:5000'] });
    expect(done(await runOn(stage, [app]))).toEqual(['app none failed']);
  });

  it('does not have the image, for one whose docker is logged in there', async () => {
    const stage = setStage({ registry, logins: ['registry.test:5000'] });
    expect(done(await runOn(stage, [app]))).toEqual(['app build+push done']);
    expect(stage.events).toContainEqual(
      expect.objectContaining({ type: 'step-done', step: 'pull', result: 'unclear' }),
    );
  });

  it('fails the image for anybody else', async () => {
    expect(done(await runOn(setStage({ registry }), [app]))).toEqual(['app none failed']);
  });
});

describe('on_registry_error: build', () => {
  const brave = imagine('app', { registry: TEAM, onRegistryError: 'build' });
  const down: Script = {
    registry: { [REF]: unknown('unreachable') },
    push: () => refused('unreachable'),
  };

  it('builds, warns that it could not push, and owes that', async () => {
    const stage = setStage(down);
    const other = imagine('other');
    const results = await runOn(stage, [brave, other], { wanted: ['app', 'other'] });
    expect(done(results)).toEqual(['app build done', 'other build done']);
    expect(results[0]?.reason).toContain('; it is not pushed yet');
    expect(stage.events).toContainEqual({
      type: 'warning',
      warning: {
        severity: 'warning',
        code: 'not-pushed',
        image: 'app',
        message: `${REF} is here, but could not be pushed: unreachable`,
        advice:
          'the next `docker-ensure up` pushes it; `on_registry_error: fail` makes this an error',
      },
    });
    expect([...stage.owes.keys()]).toEqual([REF]);
  });

  it('is no help where the registry is required', async () => {
    const results = await runOn(setStage(down), [brave], { policy: { require: 'both' } });
    expect(done(results)).toEqual(['app build+push failed']);
  });
});

describe('right before a push', () => {
  it('what another run has pushed meanwhile is adopted, not uploaded again', async () => {
    const registry = { [REF]: [{ is: 'absent' }, { is: 'present' }] } as const;
    const stage = setStage({ registry });
    const [result] = await runOn(stage, [app]);
    expect(result).toMatchObject({ action: 'build', test: false, push: false, outcome: 'done' });
    expect(result?.reason).toBe('neither here nor in the registry; it was pushed meanwhile');
    expect(asked(stage.calls)).toEqual([`pull ${REF}`, `probe ${REF}`]);
    expect(stage.owes.size).toBe(0);
  });

  it('another image under the same tag is reported, both hashes named', async () => {
    const stage = setStage({
      registry: { [REF]: [{ is: 'absent' }, { is: 'present', hash: OTHER, digest: 'd' }] },
    });
    const [result] = await runOn(stage, [app]);
    expect(result?.failure).toMatchObject({ code: 'push-conflict' });
    expect(result?.failure?.message).toBe(
      `${REF} was pushed by somebody else meanwhile, and is not the same: it was built from the inputs ${OTHER}, this one from ${app.hash}`,
    );
    expect(stage.calls).not.toContain(`push ${REF}`);
  });

  it('nobody looks where the image was built anew on purpose', async () => {
    const stage = setStage({ registry: { [REF]: { is: 'present' } } });
    await runOn(stage, [app], { policy: { force: new Set(['app']) } });
    expect(asked(stage.calls)).toEqual([`push ${REF}`]);
  });

  it('a look that tells nothing is no reason not to push', async () => {
    const stage = setStage({ registry: { [REF]: [{ is: 'absent' }, unknown('tls')] } });
    expect(done(await runOn(stage, [app]))).toEqual(['app build+push done']);
  });
});

describe('a registry that keeps its tags', () => {
  const kept = { ok: false, kept: true, ...registryError('unknown') } as const;
  const loose = imagine('app', { registry: TEAM, withHash: false });
  const LOOSE = `${loose.registryRef}`;

  it('is content where it has the same', async () => {
    const registry = {
      [LOOSE]: [{ is: 'absent' }, { is: 'present', hash: loose.hash, digest: 'd' }],
    } as const;
    const stage = setStage({ registry, push: () => kept });
    expect(done(await runOn(stage, [loose]))).toEqual(['app build done']);
  });

  it.each([
    ['another', OTHER, OTHER],
    ['one that says nothing', null, 'one that does not say what it was built from'],
  ])('is reported where it has %s', async (_, hash, named) => {
    const registry = { [LOOSE]: [{ is: 'absent' }, { is: 'present', hash, digest: 'd' }] } as const;
    const [result] = await runOn(setStage({ registry, push: () => kept }), [loose]);
    expect(result?.failure).toMatchObject({
      code: 'push-conflict',
      message: expect.stringContaining(
        `built from the inputs ${named}, this one from ${loose.hash}`,
      ),
    });
  });

  it('is not asked again and again', async () => {
    const stage = setStage({ push: () => kept, retries: 3 });
    await runOn(stage, [loose]);
    expect(stage.waits).toEqual([]);
  });
});

describe('a pulled image whose tag has a hash', () => {
  it('is refused, and loses the name again, where its label names other inputs', async () => {
    const stage = setStage({ registry: { [REF]: { is: 'present' } }, builtFrom: { [REF]: OTHER } });
    const [result] = await runOn(stage, [app]);
    expect(result?.failure?.code).toBe('hash-mismatch');
    expect(stage.calls).toEqual([`pull ${REF}`, `untag ${REF}`]);
    expect([...stage.local.keys()]).toEqual([]);
  });

  it('is taken with one warning where it has no label', async () => {
    const stage = setStage({ registry: { [REF]: { is: 'present' } }, builtFrom: { [REF]: null } });
    expect(done(await runOn(stage, [app]))).toEqual(['app pull done']);
    const warnings = stage.events.filter(({ type }) => type === 'warning');
    expect(warnings).toMatchObject([{ warning: { code: 'unlabelled-image', image: 'app' } }]);
  });
});

describe('require', () => {
  it('registry asks, and neither pulls nor builds what is there', async () => {
    const stage = setStage({ registry: { [REF]: { is: 'present' } } });
    const results = await runOn(stage, [app], { policy: { require: 'registry' } });
    expect(done(results)).toEqual(['app none done']);
    expect(stage.calls).toEqual([`probe ${REF}`]);
  });

  it('registry pulls what a child must be built on', async () => {
    const child = imagine('child', { parents: [app] });
    for (const wanted of [['child'], ['app', 'child']]) {
      const stage = setStage({ registry: { [REF]: { is: 'present' } } });
      const results = await runOn(stage, [app, child], { wanted, policy: { require: 'registry' } });
      expect(done(results)).toEqual(['app pull done', 'child build done']);
    }
  });

  it('both pushes what is here and not there', async () => {
    const stage = setStage({ here: [app.ref] });
    const results = await runOn(stage, [app], { policy: { require: 'both' } });
    expect(done(results)).toEqual(['app none+push done']);
    expect(asked(stage.calls)).toEqual([`probe ${REF}`, `probe ${REF}`, `push ${REF}`]);
  });
});

describe('offline', () => {
  it('no registry is asked anything, and the push is owed', async () => {
    const credentials = { username: 'ann', password: { value: 'pass' } };
    const own = imagine('app', { registry: { ...TEAM, credentials }, tags: ['latest'] });
    const stage = setStage();
    const results = await runOn(stage, [own], { policy: { offline: true } });
    expect(done(results)).toEqual(['app build done']);
    expect(asked(stage.calls)).toEqual([]);
    expect([...stage.owes.keys()].sort()).toEqual([REF, 'tag app:latest'].sort());
    expect(done(await runOn(stage, [own]))).toEqual(['app none+push done']);
    expect(stage.calls.filter((call) => call.startsWith('push'))).toEqual([
      `push ${REF}`,
      'push registry.test:5000/app:latest',
    ]);
    expect(stage.owes.size).toBe(0);
  });
});

describe('another run on this machine', () => {
  it('that has built the image meanwhile spares the build', async () => {
    const stage = setStage({
      lock(ref, { local, calls }) {
        if (!calls.includes(`pull ${REF}`)) return false;
        local.set(ref, `id of ${ref}`);
        return true;
      },
    });
    const [result] = await runOn(stage, [app]);
    expect(result).toMatchObject({ action: 'none', outcome: 'done' });
    expect(result?.reason).toBe('made ready by another run meanwhile');
    expect(stage.calls).toEqual([`pull ${REF}`]);
  });

  it('that has pulled it meanwhile spares the pull', async () => {
    const stage = setStage({
      lock(ref, { local }) {
        local.set(ref, `id of ${ref}`);
        return true;
      },
    });
    expect(done(await runOn(stage, [app]))).toEqual(['app none done']);
    expect(stage.calls).toEqual([]);
  });

  it('that came to nothing is followed by a build', async () => {
    const held: string[] = [];
    const stage = setStage({
      lock(ref, { calls }) {
        if (!calls.includes(`pull ${REF}`)) return false;
        held.push(ref);
        return held.length === 1;
      },
    });
    expect(done(await runOn(stage, [app]))).toEqual(['app build+push done']);
    expect(asked(stage.calls)).toEqual([`pull ${REF}`, `probe ${REF}`, `push ${REF}`]);
  });

  it('that has built something else under the tag is noticed', async () => {
    const stage = setStage({
      builtFrom: { [app.ref]: OTHER },
      lock(ref, { local, calls }) {
        if (calls.length > 0) local.set(ref, `id of ${ref}`);
        return calls.length > 0;
      },
    });
    const [result] = await runOn(stage, [app]);
    expect(result?.failure?.code).toBe('hash-mismatch');
  });
});
