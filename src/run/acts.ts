import type { Diagnostic } from '../model/diagnostic.ts';
import type { Facts } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { decide, mayBeStale, namesOther } from '../plan/decide.ts';
import { hashMismatch } from '../plan/failures.ts';
import { pushableReference, pushReference, requiredOf } from '../plan/policy.ts';
import { type Decided, type Errand, exclusively, isFatal, knowing, lookAgain } from './errand.ts';
import { fitParents } from './fit-parents.ts';
import { look, staleWarning, unlabelledWarning } from './here.ts';
import { pushImage } from './push.ts';
import { done, type Ended, failed, SKIPPED } from './result.ts';
import { CALLED_OFF } from './step.ts';
import { buildImage, nameLocally, probeImage, pullImage } from './steps.ts';

/**
 * Each act carries one decision out. It ends with the image, or gives facts that are known now and
 * that lead to another decision.
 */
type Act = Promise<Ended | Facts | typeof SKIPPED>;

/** Leaves an image as it is, or makes up for a push. */
export async function keep(errand: Errand, decision: Decided<'none'>): Act {
  const { resolved, facts, warn } = errand;
  if (!facts.local) return done(decision);
  const { image, ref, hash } = resolved;
  const { builtFrom } = facts;
  const problem = await nameIfUnnamed(errand);
  if (problem !== null) return failed(decision, problem);
  if (mayBeStale(resolved) && builtFrom !== null && builtFrom !== hash)
    warn(staleWarning(resolved));
  if (image.withHash && builtFrom === null) warn(unlabelledWarning(resolved, ref));
  return decision.push ? exclusively(errand, () => push(errand, decision)) : done(decision);
}

async function nameIfUnnamed(errand: Errand) {
  const { resolved, tools } = errand;
  const { ref, registryRef } = resolved;
  if (!errand.facts.unnamed || registryRef === null) return null;
  return tools.slot(() => nameLocally(tools, registryRef, ref));
}

/** Asks the registry. */
export async function probe(errand: Errand, decision: Decided<'probe'>): Act {
  const { resolved, tools, order, warn } = errand;
  const { ref } = decision;
  const answer = await probeImage(tools, resolved, ref, order, (each) => isFatal(errand, each));
  if (answer === CALLED_OFF) return SKIPPED;
  if (answer.is === 'present' && answer.hash === null && resolved.image.withHash)
    warn(unlabelledWarning(resolved, ref));
  return knowing(errand, answer);
}

/** Pulls an image. That the registry does not have it leads on. */
export function pull(errand: Errand, decision: Decided<'pull'>): Act {
  const { resolved, facts, tools, order } = errand;
  return exclusively(errand, async (waited) => {
    const now = waited ? await lookAgain(errand, waited) : facts;
    if (now.local) return now;
    const source = { ref: decision.ref, platform: errand.platform };
    const answer = await pullImage(tools, resolved, source, order, (each) => isFatal(errand, each));
    if (answer === CALLED_OFF) return SKIPPED;
    return answer.is === 'present' ? accept(errand, decision) : knowing(errand, answer);
  });
}

/** What was pulled gets its own name once its label is seen to say what its tag says. */
async function accept(errand: Errand, decision: Decided<'pull'>): Promise<Ended> {
  const { resolved, tools, warn } = errand;
  const { ref } = decision;
  if (resolved.image.withHash) {
    const { builtFrom } = await tools.slot(() => look(resolved, tools));
    if (namesOther(resolved, builtFrom)) {
      // It was not here before, and under this name it would lie.
      await tools.slot(() => tools.docker.untag(ref));
      return failed(decision, hashMismatch(ref, 'in the registry', resolved, { builtFrom }));
    }
    if (builtFrom === null) warn(unlabelledWarning(resolved, ref));
  }
  const problem = await tools.slot(() => nameLocally(tools, ref, resolved.ref));
  return problem === null ? done(decision) : failed(decision, problem);
}

/** Builds an image whose parents are ready, and pushes it. */
export function build(errand: Errand, decision: Decided<'build'>): Act {
  const { resolved, policy, tools, order } = errand;
  return exclusively(errand, async (waited) => {
    const now = await lookAgain(errand, waited);
    if (decide(resolved, policy, now).action !== 'build') return now;
    // A push that this run may not do is put off: the next one that may makes it good.
    const { offline } = policy;
    const owedTo = pushableReference(resolved);
    const fit = await fitParents(errand);
    if (fit === CALLED_OFF) return SKIPPED;
    if ('code' in fit) return failed(decision, fit);
    const problem = await buildImage(tools, fit, order, { offline, owedTo });
    if (problem === CALLED_OFF) return SKIPPED;
    return problem === null ? push(errand, decision) : failed(decision, problem);
  });
}

/** The push that was decided on; without one, the image still gets its registry's name here. */
async function push(errand: Errand, decision: Decided<'none' | 'build'>): Promise<Ended> {
  const { resolved, policy, facts, tools, order, warn } = errand;
  const ref = decision.push ? pushReference(resolved, policy) : null;
  if (ref === null) return leaveUnpushed(errand, decision);
  const { image } = resolved;
  const anew = policy.force.has(image.key) || image.forceBuild;
  const mayFail =
    image.onRegistryError === 'build' && requiredOf(resolved, policy, facts) === 'local';
  const options = { overwrite: anew && decision.action === 'build', isFatal: !mayFail };
  const pushed = await pushImage(tools, resolved, ref, order, options);
  if (pushed.is === 'pushed') return done(decision);
  if (pushed.is === 'adopted') {
    if (!pushed.labelled) warn(unlabelledWarning(resolved, ref));
    return done({
      ...decision,
      push: false,
      reason: `${decision.reason}; it was pushed meanwhile`,
    });
  }
  if (!mayFail || pushed.isAnswer) return failed(decision, pushed.failure);
  warn(unpushedWarning(resolved, pushed.failure.message));
  return done({ ...decision, push: false, reason: `${decision.reason}; it is not pushed yet` });
}

/** What is not pushed still gets its registry's name here, once it is built. */
async function leaveUnpushed(
  { resolved, tools }: Errand,
  decision: Decided<'none' | 'build'>,
): Promise<Ended> {
  const { ref, registryRef } = resolved;
  const named = registryRef ?? ref;
  const problem =
    decision.action === 'build' ? await tools.slot(() => nameLocally(tools, ref, named)) : null;
  return problem === null ? done(decision) : failed(decision, problem);
}

function unpushedWarning({ image }: ResolvedImage, message: string): Diagnostic {
  return {
    severity: 'warning',
    code: 'not-pushed',
    image: image.key,
    message,
    advice: 'the next `docker-ensure up` pushes it; `on_registry_error: fail` makes this an error',
  };
}
