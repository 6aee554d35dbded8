import type { Require } from '../model/manifest.ts';
import type { Decision, Facts, RunPolicy } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { hashMismatch, notFound, notInRegistry, registryFailure } from './failures.ts';
import { pullReference, pushReference, registryName, requiredOf } from './run-policy.ts';

/**
 * What to do next for one image, from what is known of it. Pure: the same facts give the same
 * decision, in a plan and in a run. A run asks again when it knows more (a pull found nothing).
 */
export function decide(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Decision {
  const must = mustBuild(resolved, policy, facts);
  if (must !== null) return build(resolved, policy, facts, must);
  if (facts.local && namesOther(resolved, facts.builtFrom)) {
    return { action: 'fail', failure: hashMismatch(resolved.ref, 'here', resolved, facts) };
  }
  const { registry } = facts;
  if (registry.is === 'present' && namesOther(resolved, registry.hash ?? null)) {
    const ref = registryName(resolved);
    const builtFrom = registry.hash ?? null;
    return {
      action: 'fail',
      failure: hashMismatch(ref, 'in the registry', resolved, { builtFrom }),
    };
  }
  const where = requiredOf(resolved, policy, facts);
  if (facts.local) {
    return where === 'local' ? keep(resolved, policy, facts) : share(resolved, policy, facts);
  }
  return where === 'registry' ? findThere(resolved, policy, facts) : fetch(resolved, policy, facts);
}

/** An image that is here stays as it is; a push that an earlier run could not do is made good. */
function keep(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Decision {
  const push = facts.owed && pushReference(resolved, policy) !== null;
  const here = facts.meanwhile ? 'made ready by another run meanwhile' : 'already here';
  const lacks = [
    ...(isToBeTested(policy, facts) ? ['not tested yet'] : []),
    ...(push ? ['not yet in the registry'] : []),
  ].join(', and ');
  return kept(policy, facts, push, lacks === '' ? here : `${here}, but ${lacks}`);
}

function kept(policy: RunPolicy, facts: Facts, push: boolean, reason: string): Decision {
  return { action: 'none', test: isToBeTested(policy, facts), push, reason };
}

/** What somebody has published was tested by him. */
function isToBeTested(policy: RunPolicy, { local, untested, registry }: Facts): boolean {
  return policy.test && local && untested && registry.is !== 'present';
}

/** An image that is here, and must be in the registry too. */
function share(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Decision {
  const ref = registryName(resolved);
  const answer = takenFor(resolved, policy, facts);
  switch (answer.is) {
    case 'unasked':
      return { action: 'probe', ref, reason: 'here, and must be in the registry too' };
    case 'present':
      return kept(policy, facts, false, 'here and in the registry');
    case 'unknown':
      return { action: 'fail', failure: registryFailure(ref, answer) };
    case 'absent':
      return pushReference(resolved, policy) === null
        ? { action: 'fail', failure: notInRegistry(resolved, policy) }
        : kept(policy, facts, true, 'already here, but not in the registry');
  }
}

/** An image that is not here, and need not be, as long as the registry has it. */
function findThere(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Decision {
  const ref = registryName(resolved);
  const answer = takenFor(resolved, policy, facts);
  switch (answer.is) {
    case 'unasked':
      return { action: 'probe', ref, reason: 'it must be in the registry' };
    case 'present':
      return kept(policy, facts, false, 'in the registry');
    case 'unknown':
      return unanswered(resolved, policy, facts, { ref, answer });
    case 'absent':
      return build(resolved, policy, facts, 'not in the registry');
  }
}

/** An image that is not here, and must be. */
function fetch(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Decision {
  const ref = pullReference(resolved, policy);
  if (ref === null) return build(resolved, policy, facts, 'not here');
  const answer = takenFor(resolved, policy, facts);
  switch (answer.is) {
    case 'unasked':
      return { action: 'pull', ref, reason: 'not here' };
    case 'present':
      return { action: 'pull', ref, reason: 'not here, but in the registry' };
    case 'unknown':
      return unanswered(resolved, policy, facts, { ref, answer });
    case 'absent':
      return build(resolved, policy, facts, 'neither here nor in the registry');
  }
}

/**
 * The registry's answer, as it is to be taken. Docker Hub says "denied" of what does not exist: those
 * words count as absent for one who is logged in and may push it there in this run.
 */
function takenFor(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Facts['registry'] {
  const { registry, loggedIn } = facts;
  const hidden = registry.is === 'unknown' && registry.mayBeAbsent === true;
  const absent = hidden && loggedIn && pushReference(resolved, policy) !== null;
  return absent ? { is: 'absent' } : registry;
}

function unanswered(
  resolved: ResolvedImage,
  policy: RunPolicy,
  facts: Facts,
  { ref, answer }: { ref: string; answer: Extract<Facts['registry'], { is: 'unknown' }> },
): Decision {
  const { onRegistryError } = resolved.image;
  if (onRegistryError === 'fail' || resolved.build === null || !policy.build) {
    return { action: 'fail', failure: registryFailure(ref, answer) };
  }
  const reason = `not here, and the registry could not say whether it has it (${answer.fault})`;
  return build(resolved, policy, facts, reason);
}

/** Why the image must be built though it may be there, or null. */
function mustBuild(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): string | null {
  const { image, hash } = resolved;
  if (resolved.build === null) return null;
  if (policy.force.has(image.key)) return 'forced by --force';
  if (image.forceBuild) return 'force_build is set';
  const { neededFor, local, builtFrom } = facts;
  if (neededFor === null || !local || !mayBeStale(resolved) || builtFrom === hash) return null;
  return `what is here was built from other inputs than the hash of ${neededFor} names`;
}

/** True for an image that can be here under its tag and yet be built from other inputs. */
export function mayBeStale({ image, build }: ResolvedImage): boolean {
  return build !== null && !image.withHash;
}

/** True where an image's label says that its tag lies; one without a label says nothing. */
export function namesOther({ image, hash }: ResolvedImage, builtFrom: string | null): boolean {
  return image.withHash && builtFrom !== null && builtFrom !== hash;
}

function build(resolved: ResolvedImage, policy: RunPolicy, facts: Facts, reason: string): Decision {
  if (resolved.build === null || !policy.build) {
    return { action: 'fail', failure: notFound(resolved, policy, reason) };
  }
  const push = pushReference(resolved, policy) !== null;
  const required: Require = requiredOf(resolved, policy, facts);
  if (required !== 'local' && !push && facts.registry.is !== 'present') {
    return { action: 'fail', failure: notInRegistry(resolved, policy) };
  }
  return { action: 'build', test: policy.test && resolved.isTested, push, reason };
}
