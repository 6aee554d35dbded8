import { theRegistry } from '../model/homes.ts';
import type { Decision, Delivery, Facts, RunPolicy } from '../model/plan.ts';
import type { ResolvedHome, ResolvedImage } from '../model/resolved.ts';
import { answerOf, isInARegistry, type Search, search } from './answers.ts';
import { hashMismatch, notFound, notInRegistry, registryFailure } from './failures.ts';
import { goalsOf, otherSource, sameElsewhere } from './goals.ts';
import { homesToPull, homesToPush, requiredOf } from './run-policy.ts';

/**
 * What to do next for one image, from what is known of it. Pure: the same facts give the same
 * decision, in a plan and in a run. A run asks again when it knows more (a pull found nothing).
 */
export function decide(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Decision {
  const must = mustBuild(resolved, policy, facts);
  if (must !== null) return build(resolved, policy, facts, must);
  if (facts.local && namesOther(resolved, facts.builtFrom)) {
    const failure = hashMismatch(resolved.ref, 'here', resolved, facts.builtFrom);
    return { action: 'fail', failure };
  }
  for (const [ref, { answer }] of facts.answers) {
    const builtFrom = answer.is === 'present' ? (answer.hash ?? null) : null;
    if (namesOther(resolved, builtFrom)) {
      const failure = hashMismatch(ref, 'in the registry', resolved, builtFrom);
      return { action: 'fail', failure };
    }
  }
  const where = requiredOf(resolved, policy, facts);
  if (facts.local) {
    return where === 'local' ? keep(resolved, policy, facts) : share(resolved, policy, facts);
  }
  return where === 'registry' ? findThere(resolved, policy, facts) : fetch(resolved, policy, facts);
}

/** An image that is here stays as it is; a push that an earlier run could not do is made good. */
function keep(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Decision {
  const owed = homesToPush(resolved, policy).filter(({ ref }) => facts.owedTo.has(ref));
  const here = facts.meanwhile ? 'made ready by another run meanwhile' : 'already here';
  const lacks = [
    ...(isToBeTested(policy, facts) ? ['not tested yet'] : []),
    ...(owed.length > 0 ? [`not yet in ${theRegistry(resolved, owed)}`] : []),
  ].join(', and ');
  const reason = lacks === '' ? here : `${here}, but ${lacks}`;
  return kept(policy, facts, fromHere(owed), reason);
}

function kept(
  policy: RunPolicy,
  facts: Facts,
  push: readonly Delivery[],
  reason: string,
): Decision {
  return { action: 'none', test: isToBeTested(policy, facts), push, reason };
}

function fromHere(homes: readonly ResolvedHome[]): Delivery[] {
  return homes.map((to) => ({ to, from: null }));
}

/** What somebody has published was tested by him. */
function isToBeTested(policy: RunPolicy, facts: Facts): boolean {
  return policy.test && facts.local && facts.untested && !isInARegistry(facts);
}

/** An image that is here, and must be in its registries too. */
function share(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Decision {
  const goals = goalsOf(resolved, policy, facts);
  const { unasked, unclear, lacking } = goals;
  if (unasked !== undefined) {
    const reason = `here, and must be in ${theRegistry(resolved, [unasked])} too`;
    return { action: 'probe', home: unasked, reason };
  }
  const [unknown] = unclear;
  if (unknown !== undefined) return unknownAt(unknown);
  const [first] = lacking;
  if (first === undefined)
    return kept(policy, facts, [], `here and in ${theRegistry(resolved, goals.having)}`);
  if (!goals.mayPush) return { action: 'fail', failure: notInRegistry(first, policy) };
  const reason = `already here, but not in ${theRegistry(resolved, lacking)}`;
  return kept(policy, facts, deliveries(lacking, sameElsewhere(resolved, policy, facts)), reason);
}

/** An image that is not here, and need not be, as long as its registries have it. */
function findThere(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Decision {
  const goals = goalsOf(resolved, policy, facts);
  const { unasked, unclear, lacking, having } = goals;
  if (unasked !== undefined) {
    const reason = `it must be in ${theRegistry(resolved, [unasked])}`;
    return { action: 'probe', home: unasked, reason };
  }
  const [unknown] = unclear;
  if (unknown !== undefined && !mayBuildAnyway(resolved, policy)) return unknownAt(unknown);
  const wanting = [...lacking, ...unclear.map(({ home }) => home)];
  const [first] = wanting;
  if (first === undefined) return kept(policy, facts, [], `in ${theRegistry(resolved, having)}`);
  const source = goals.mayPush ? otherSource(resolved, policy, facts) : { is: 'absent' as const };
  if (source.is === 'unasked') {
    const reason = `not in ${theRegistry(resolved, wanting)}, and may be copied from another one`;
    return { action: 'probe', home: source.home, reason };
  }
  if (source.is === 'found') {
    const { home } = source;
    const reason = `in ${theRegistry(resolved, [home])}, but not in ${theRegistry(resolved, wanting)}`;
    return kept(policy, facts, deliveries(wanting, home), reason);
  }
  const trouble = unknown ?? (source.is === 'unknown' ? source : null);
  if (trouble !== null) return unanswered(resolved, policy, facts, trouble);
  if (!goals.mayPush && having.length > 0)
    return { action: 'fail', failure: notInRegistry(first, policy) };
  return build(resolved, policy, facts, `not in ${theRegistry(resolved, wanting)}`);
}

/** An image that is not here, and must be. */
function fetch(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Decision {
  const sources = homesToPull(resolved, policy);
  if (sources.length === 0) return build(resolved, policy, facts, 'not here');
  const found = search(sources, (home) => answerOf(resolved, policy, facts, home));
  switch (found.is) {
    case 'unasked':
      return { action: 'pull', home: found.home, push: [], reason: notHere(resolved, facts) };
    case 'found':
      return fetchFrom(resolved, policy, facts, found.home);
    case 'unknown':
      return unanswered(resolved, policy, facts, found);
    case 'absent':
      return build(
        resolved,
        policy,
        facts,
        `neither here nor in ${theRegistry(resolved, sources)}`,
      );
  }
}

/** It is pulled; and before that it is known which registries it is brought to then. */
function fetchFrom(
  resolved: ResolvedImage,
  policy: RunPolicy,
  facts: Facts,
  home: ResolvedHome,
): Decision {
  const answer = answerOf(resolved, policy, facts, home);
  const builtFrom = answer.is === 'present' ? (answer.hash ?? null) : null;
  const after =
    requiredOf(resolved, policy, facts) === 'local'
      ? null
      : share(resolved, policy, { ...facts, local: true, builtFrom });
  if (after !== null && after.action !== 'none') return after;
  const reason = `not here, but in ${theRegistry(resolved, [home])}`;
  return { action: 'pull', home, push: after?.push ?? [], reason };
}

/** Why a further registry is asked: what those before it have said. */
function notHere(resolved: ResolvedImage, { answers }: Facts): string {
  const asked = resolved.homes.filter(({ ref }) => answers.has(ref));
  return asked.length === 0
    ? 'not here'
    : `not here, nor known to be in ${theRegistry(resolved, asked)}`;
}

function deliveries(homes: readonly ResolvedHome[], from: ResolvedHome | null): Delivery[] {
  return homes.map((to) => ({ to, from }));
}

function unknownAt({ home, answer }: Extract<Search, { is: 'unknown' }>): Decision {
  return { action: 'fail', failure: registryFailure(home.ref, answer) };
}

/** May it be built, though a registry could not say whether it has it? */
function mayBuildAnyway({ image, build }: ResolvedImage, policy: RunPolicy): boolean {
  return image.onRegistryError === 'build' && build !== null && policy.build;
}

function unanswered(
  resolved: ResolvedImage,
  policy: RunPolicy,
  facts: Facts,
  trouble: Extract<Search, { is: 'unknown' }>,
): Decision {
  if (!mayBuildAnyway(resolved, policy)) return unknownAt(trouble);
  const { home, answer } = trouble;
  const reason = `not here, and ${theRegistry(resolved, [home])} could not say whether it has it (${answer.fault})`;
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
  const push = homesToPush(resolved, policy);
  if (push.length === 0 && requiredOf(resolved, policy, facts) !== 'local') {
    const { lacking, unclear, unasked } = goalsOf(resolved, policy, facts);
    const [first] = [...lacking, ...unclear.map(({ home }) => home), unasked ?? []].flat();
    if (first !== undefined) return { action: 'fail', failure: notInRegistry(first, policy) };
  }
  return { action: 'build', test: policy.test && resolved.isTested, push: fromHere(push), reason };
}
