import { describe, expect, it } from 'vitest';
import { REGISTRY_FAULTS, type RegistryFault } from '../../src/model/failure.ts';
import type { Facts, RunPolicy } from '../../src/model/plan.ts';
import { decide } from '../../src/plan/decide.ts';
import { FREE, imagine, TEAM } from '../rig/imagined.ts';

const NOWHERE: Facts = { local: false, registry: { is: 'unasked' }, owed: false, staleFor: null };
const HERE: Facts = { ...NOWHERE, local: true };
const ABSENT: Facts = { ...NOWHERE, registry: { is: 'absent' } };
const policy = (changes: Partial<RunPolicy>): RunPolicy => ({ ...FREE, ...changes });

const plain = imagine('app');
const pushed = imagine('app', { registry: TEAM });
const pulled = imagine('postgres', { parents: null, version: '16' });

describe('an image that is here', () => {
  it('is kept', () => {
    expect(decide(pushed, FREE, HERE)).toEqual({
      action: 'none',
      push: false,
      reason: 'already here',
    });
  });

  it('is pushed if an earlier run owes that', () => {
    expect(decide(pushed, FREE, { ...HERE, owed: true })).toEqual({
      action: 'none',
      push: true,
      reason: 'already here, but an earlier run could not push it',
    });
  });

  it('is not pushed under --no-push, even if that is owed', () => {
    const decision = decide(pushed, policy({ push: false }), { ...HERE, owed: true });
    expect(decision).toEqual({ action: 'none', push: false, reason: 'already here' });
  });

  it('is built under --force', () => {
    expect(decide(pushed, policy({ force: new Set(['app']) }), HERE)).toEqual({
      action: 'build',
      push: true,
      reason: 'forced by --force',
    });
  });

  it('is built if it says force_build', () => {
    const decision = decide(imagine('app', { forceBuild: true }), FREE, HERE);
    expect(decision).toEqual({ action: 'build', push: false, reason: 'force_build is set' });
  });

  it('is kept under --force where it has no build', () => {
    const decision = decide(pulled, policy({ force: new Set(['postgres']) }), HERE);
    expect(decision.action).toBe('none');
  });

  it('is built anew where a child needs it from other inputs', () => {
    expect(decide(plain, FREE, { ...HERE, staleFor: 'child' })).toEqual({
      action: 'build',
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
      push: true,
      reason: 'neither here nor in the registry',
    });
  });

  it('is built without asking where it has no registry', () => {
    expect(decide(plain, FREE, NOWHERE)).toEqual({
      action: 'build',
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
    expect(decide(image, FREE, ABSENT)).toMatchObject({ action: 'build', push });
  });

  it('is neither pulled nor pushed under --no-pull --no-push', () => {
    const decision = decide(pushed, policy({ pull: false, push: false }), NOWHERE);
    expect(decision).toEqual({ action: 'build', push: false, reason: 'not here' });
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
      const registry = { is: 'unknown', fault, message: 'what docker said' } as const;
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
