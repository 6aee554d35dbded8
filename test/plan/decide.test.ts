import { describe, expect, it } from 'vitest';
import { REGISTRY_FAULTS, type RegistryFault } from '../../src/model/failure.ts';
import type { Facts, RegistryAnswer, RunPolicy } from '../../src/model/plan.ts';
import type { ResolvedImage } from '../../src/model/resolved.ts';
import { decide as decideOf } from '../../src/plan/decide.ts';
import { FREE, imagine, TEAM } from '../rig/imagined.ts';
import { hidden, unknown } from '../rig/imagined-docker.ts';

/** What is known of an image that has one registry at most. */
interface Known extends Omit<Facts, 'answers' | 'owedTo'> {
  readonly registry: RegistryAnswer | { readonly is: 'unasked' };
  readonly owed: boolean;
  readonly loggedIn: boolean;
}

const NOWHERE: Known = {
  local: false,
  otherName: null,
  builtFrom: null,
  owed: false,
  untested: false,
  meanwhile: false,
  registry: { is: 'unasked' },
  loggedIn: false,
  neededFor: null,
};
const HERE: Known = { ...NOWHERE, local: true };
const ABSENT: Known = { ...NOWHERE, registry: { is: 'absent' } };

/** The decision, without the homes that it is about: those are tested in homes.test.ts. */
function decide(resolved: ResolvedImage, run: RunPolicy, known: Known) {
  const { registry, owed, loggedIn, ...facts } = known;
  const [home] = resolved.homes;
  const answer = home === undefined || registry.is === 'unasked' ? null : registry;
  const decision = decideOf(resolved, run, {
    ...facts,
    answers: new Map(home && answer ? [[home.ref, { answer, loggedIn }]] : []),
    owedTo: new Set(home && owed ? [home.ref] : []),
  });
  if (decision.action === 'probe' || decision.action === 'pull') {
    const { action, reason } = decision;
    return { action, ref: decision.home.ref, reason };
  }
  return 'push' in decision ? { ...decision, push: decision.push.length > 0 } : decision;
}

const policy = (changes: Partial<RunPolicy>): RunPolicy => ({ ...FREE, ...changes });

const plain = imagine('app');
const pushed = imagine('app', { registry: TEAM });
const pulled = imagine('postgres', { parents: null, version: '16' });

describe('an image that is here', () => {
  it('is kept', () => {
    expect(decide(pushed, FREE, HERE)).toEqual({
      action: 'none',
      test: false,
      push: false,
      reason: 'already here',
    });
  });

  it('is pushed if an earlier run owes that', () => {
    expect(decide(pushed, FREE, { ...HERE, owed: true })).toEqual({
      action: 'none',
      test: false,
      push: true,
      reason: 'already here, but not yet in the registry',
    });
  });

  it('is not pushed under --no-push, even if that is owed', () => {
    const decision = decide(pushed, policy({ push: false }), { ...HERE, owed: true });
    expect(decision).toEqual({ action: 'none', test: false, push: false, reason: 'already here' });
  });

  it('is built under --force', () => {
    expect(decide(pushed, policy({ force: new Set(['app']) }), HERE)).toEqual({
      action: 'build',
      test: false,
      push: true,
      reason: 'forced by --force',
    });
  });

  it('is built if it says force_build', () => {
    const decision = decide(imagine('app', { forceBuild: true }), FREE, HERE);
    expect(decision).toEqual({
      action: 'build',
      test: false,
      push: false,
      reason: 'force_build is set',
    });
  });

  it('is kept under --force where it has no build', () => {
    const decision = decide(pulled, policy({ force: new Set(['postgres']) }), HERE);
    expect(decision.action).toBe('none');
  });

  it('is built anew where a child needs it from other inputs', () => {
    const loose = imagine('app', { withHash: false });
    const facts: Known = { ...HERE, builtFrom: 'f'.repeat(64), neededFor: 'child' };
    expect(decide(loose, FREE, { ...facts, builtFrom: loose.hash }).action).toBe('none');
    expect(decide(loose, FREE, { ...facts, builtFrom: null }).action).toBe('build');
    expect(decide(loose, FREE, facts)).toEqual({
      action: 'build',
      test: false,
      push: false,
      reason: 'what is here was built from other inputs than the hash of child names',
    });
  });
});

describe('an image that is not here', () => {
  it('is pulled by the name that its registry has it by', () => {
    expect(decide(pushed, FREE, NOWHERE)).toEqual({
      action: 'pull',
      ref: pushed.registryRef,
      reason: 'not here',
    });
  });

  it('is pulled once the registry is known to have it', () => {
    const decision = decide(pushed, FREE, { ...NOWHERE, registry: { is: 'present' } });
    expect(decision).toMatchObject({ action: 'pull', reason: 'not here, but in the registry' });
  });

  it('is built and pushed once the registry is known not to have it', () => {
    expect(decide(pushed, FREE, ABSENT)).toEqual({
      action: 'build',
      test: false,
      push: true,
      reason: 'neither here nor in the registry',
    });
  });

  it('is built without asking where it has no registry', () => {
    expect(decide(plain, FREE, NOWHERE)).toEqual({
      action: 'build',
      test: false,
      push: false,
      reason: 'not here',
    });
  });

  it('is pulled by its own name where it has neither registry nor build', () => {
    expect(decide(pulled, FREE, NOWHERE)).toMatchObject({ action: 'pull', ref: 'postgres:16' });
  });

  it.each([
    ['all', 'pull', true],
    ['pull_only', 'pull', false],
    ['push_only', 'build', true],
    ['none', 'build', false],
  ] as const)('remote_policy %s: %s first, push after a build: %s', (remotePolicy, first, push) => {
    const image = imagine('app', { registry: TEAM, remotePolicy });
    expect(decide(image, FREE, NOWHERE).action).toBe(first);
    expect(decide(image, FREE, ABSENT)).toMatchObject({ action: 'build', test: false, push });
  });

  it('is neither pulled nor pushed under --no-pull --no-push', () => {
    const decision = decide(pushed, policy({ pull: false, push: false }), NOWHERE);
    expect(decision).toEqual({ action: 'build', test: false, push: false, reason: 'not here' });
  });

  it('fails under --no-build once the registry has it not', () => {
    expect(decide(pushed, policy({ build: false }), ABSENT)).toEqual({
      action: 'fail',
      failure: {
        code: 'not-found',
        message: `${pushed.ref} cannot be had: neither here nor in the registry, and --no-build forbids to build it`,
        advice: 'run without --no-build to build it',
      },
    });
  });

  it('fails where it has no build and the registry has it not', () => {
    expect(decide(pulled, FREE, ABSENT)).toEqual({
      action: 'fail',
      failure: {
        code: 'not-found',
        message:
          'postgres:16 cannot be had: neither here nor in the registry, and it has no `build` in the manifest',
        advice: 'check its name, version and registry in the manifest, or give it a `build`',
      },
    });
  });

  it('fails where it has no build and may not be pulled', () => {
    const local = imagine('postgres', { parents: null, remotePolicy: 'none' });
    const decision = decide(local, FREE, NOWHERE);
    expect(decision).toMatchObject({
      action: 'fail',
      failure: {
        message: 'postgres cannot be had: not here, and it has no `build` in the manifest',
        advice: 'let it be pulled (remote_policy: none forbids it), or give it a `build`',
      },
    });
    expect(decide(pulled, policy({ pull: false }), NOWHERE)).toMatchObject({
      failure: { advice: 'run without --no-pull to pull it' },
    });
  });

  it.each(REGISTRY_FAULTS)(
    'fails where the registry gave no clear answer: %s',
    (fault: RegistryFault) => {
      const registry = { ...unknown(fault), message: 'what docker said' } as Known['registry'];
      const decision = decide(pushed, FREE, { ...NOWHERE, registry });
      expect(decision).toMatchObject({
        action: 'fail',
        failure: {
          code: `registry-${fault}`,
          message: `the registry could not say whether it has ${pushed.registryRef}: what docker said`,
          advice: expect.stringMatching(/./),
        },
      });
    },
  );
});

describe('an image whose tag has a hash', () => {
  const other: Known = { ...HERE, builtFrom: 'f'.repeat(64) };

  it('is refused where what is here says that it was built from other inputs', () => {
    expect(decide(plain, FREE, other)).toEqual({
      action: 'fail',
      failure: {
        code: 'hash-mismatch',
        message: `${plain.ref} is here, but its label says that it was built from the inputs ${'f'.repeat(64)}, and its tag stands for ${plain.hash}`,
        advice: `\`docker image rm ${plain.ref}\` removes it, \`docker-ensure up --force app\` builds it anew`,
      },
    });
  });

  it('is refused where the registry has one that was built from other inputs', () => {
    const registry = { is: 'present', hash: 'f'.repeat(64) } as const;
    for (const facts of [NOWHERE, { ...HERE, builtFrom: pushed.hash }]) {
      expect(decide(pushed, policy({ require: 'both' }), { ...facts, registry })).toMatchObject({
        failure: {
          code: 'hash-mismatch',
          message: expect.stringContaining(`${pushed.registryRef} is in the registry, but`),
        },
      });
    }
  });

  it('is told that a short hash may be to blame', () => {
    const short = imagine('app', { hashLength: 4 });
    const { failure } = decide(short, FREE, other) as Extract<
      ReturnType<typeof decide>,
      { action: 'fail' }
    >;
    expect(failure.advice).toContain('or raise `hash_len`');
  });

  it('is built anew under --force all the same', () => {
    const decision = decide(plain, policy({ force: new Set(['app']) }), other);
    expect(decision.action).toBe('build');
  });

  it('is kept where what is here says nothing, and where no tag has a hash', () => {
    expect(decide(plain, FREE, HERE).action).toBe('none');
    expect(decide(imagine('app', { withHash: false }), FREE, other).action).toBe('none');
  });
});

describe('a registry that says "denied" in the words for what does not exist', () => {
  const denied = hidden();

  it('counts as not having it for one who is logged in and may push', () => {
    expect(decide(pushed, FREE, { ...NOWHERE, registry: denied, loggedIn: true })).toEqual({
      action: 'build',
      test: false,
      push: true,
      reason: 'neither here nor in the registry',
    });
  });

  it.each<[string, Partial<RunPolicy>, Partial<Known>, Parameters<typeof imagine>[1]]>([
    ['is not logged in', {}, { loggedIn: false }, {}],
    ['may not push in this run', { push: false }, {}, {}],
    ['may never push', {}, {}, { remotePolicy: 'pull_only' }],
  ])('is a failure for one who %s', (_, own, facts, image) => {
    const decision = decide(imagine('app', { registry: TEAM, ...image }), policy(own), {
      ...NOWHERE,
      registry: denied,
      loggedIn: true,
      ...facts,
    });
    expect(decision).toMatchObject({ action: 'fail', failure: { code: 'registry-denied' } });
  });

  it('is never taken so in any other words', () => {
    for (const fault of REGISTRY_FAULTS) {
      const facts: Known = { ...NOWHERE, registry: unknown(fault), loggedIn: true };
      expect(decide(pushed, FREE, facts)).toMatchObject({
        failure: { code: `registry-${fault}` },
      });
    }
  });
});

describe('on_registry_error: build', () => {
  const brave = imagine('app', { registry: TEAM, onRegistryError: 'build' });

  it.each(REGISTRY_FAULTS)('builds where the registry gave no clear answer: %s', (fault) => {
    expect(decide(brave, FREE, { ...NOWHERE, registry: unknown(fault) })).toEqual({
      action: 'build',
      test: false,
      push: true,
      reason: `not here, and the registry could not say whether it has it (${fault})`,
    });
  });

  it('cannot build what has no build, nor under --no-build', () => {
    const facts: Known = { ...NOWHERE, registry: unknown('timeout') };
    const bare = imagine('app', { registry: TEAM, onRegistryError: 'build', parents: null });
    expect(decide(bare, FREE, facts)).toMatchObject({ failure: { code: 'registry-timeout' } });
    expect(decide(brave, policy({ build: false }), facts).action).toBe('fail');
  });

  it('does not make up for a registry that `require` asks for', () => {
    const both = policy({ require: 'both' });
    const facts: Known = { ...HERE, builtFrom: brave.hash, registry: unknown('timeout') };
    expect(decide(brave, both, facts)).toMatchObject({ failure: { code: 'registry-timeout' } });
  });
});

describe('require', () => {
  const required = (require: 'registry' | 'both', keys: Parameters<typeof imagine>[1] = {}) =>
    imagine('app', { registry: TEAM, require, ...keys });
  const PRESENT: Known['registry'] = { is: 'present' };
  const here: Known = { ...HERE, builtFrom: required('both').hash };

  it.each<['registry' | 'both', string, Known, string]>([
    ['registry', 'here, unasked', here, 'probe'],
    ['registry', 'nowhere, unasked', NOWHERE, 'probe'],
    ['registry', 'here and there', { ...here, registry: PRESENT }, 'none'],
    ['registry', 'there', { ...NOWHERE, registry: PRESENT }, 'none'],
    ['registry', 'here only', { ...here, registry: { is: 'absent' } }, 'none+push'],
    ['registry', 'nowhere', ABSENT, 'build+push'],
    ['both', 'here, unasked', here, 'probe'],
    ['both', 'nowhere, unasked', NOWHERE, 'pull'],
    ['both', 'here and there', { ...here, registry: PRESENT }, 'none'],
    ['both', 'there', { ...NOWHERE, registry: PRESENT }, 'pull'],
    ['both', 'here only', { ...here, registry: { is: 'absent' } }, 'none+push'],
    ['both', 'nowhere', ABSENT, 'build+push'],
  ])('%s, for an image that is %s: %s', (require, _, facts, expected) => {
    const decision = decide(required(require), FREE, facts);
    const push = 'push' in decision && decision.push ? '+push' : '';
    expect(`${decision.action}${push}`).toBe(expected);
  });

  it('registry brings here what a child is built on', () => {
    const needed: Known = { ...NOWHERE, neededFor: 'child' };
    expect(decide(required('registry'), FREE, needed).action).toBe('pull');
    expect(decide(required('registry'), FREE, { ...needed, registry: PRESENT }).action).toBe(
      'pull',
    );
  });

  it('is overruled by the command line, both ways', () => {
    expect(decide(required('both'), policy({ require: 'local' }), here).action).toBe('none');
    expect(decide(pushed, policy({ require: 'registry' }), NOWHERE).action).toBe('probe');
  });

  it('is local for what has no registry or may have none, and offline', () => {
    for (const keys of [{ registry: null }, { remotePolicy: 'none' as const }]) {
      expect(decide(required('both', keys), FREE, here)).toMatchObject({ action: 'none' });
      expect(decide(required('registry', keys), FREE, NOWHERE).action).toBe('build');
    }
    expect(decide(required('both'), policy({ offline: true }), here)).toMatchObject({
      reason: 'already here',
    });
  });

  it.each<[string, Partial<RunPolicy>, Parameters<typeof imagine>[1], string]>([
    ['--no-push', { push: false }, {}, '--no-push forbids to push it'],
    ['pull_only', {}, { remotePolicy: 'pull_only' }, 'remote_policy: pull_only forbids to push it'],
  ])('fails, before anything is built, where %s stands against it', (_, own, keys, why) => {
    for (const facts of [ABSENT, { ...here, registry: ABSENT.registry }]) {
      expect(decide(required('both', keys), policy(own), facts)).toMatchObject({
        action: 'fail',
        failure: {
          code: 'not-in-registry',
          message: `${required('both').registryRef} must be in the registry and is not known to be, and ${why}`,
        },
      });
    }
  });

  it('asks the registry whatever may be pulled', () => {
    expect(decide(required('both'), policy({ pull: false }), here).action).toBe('probe');
    const there: Known = { ...NOWHERE, registry: PRESENT };
    expect(decide(required('registry'), policy({ pull: false }), there).action).toBe('none');
  });
});

describe('--offline', () => {
  it('asks no registry: it builds, and pushes nothing', () => {
    expect(decide(pushed, policy({ offline: true }), NOWHERE)).toEqual({
      action: 'build',
      test: false,
      push: false,
      reason: 'not here',
    });
    const owed = decide(pushed, policy({ offline: true }), { ...HERE, owed: true });
    expect(owed).toMatchObject({ action: 'none', test: false, push: false });
  });

  it('fails where there is nothing to build', () => {
    expect(decide(pulled, policy({ offline: true }), NOWHERE)).toMatchObject({
      failure: { code: 'not-found', advice: 'run without --offline to pull it' },
    });
  });
});
