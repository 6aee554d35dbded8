import type { Diagnostic } from '../model/diagnostic.ts';
import type { Facts } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { decide, mayBeStale, namesOther } from '../plan/decide.ts';
import { hashMismatch } from '../plan/failures.ts';
import { pushableReference, pushReference, requiredOf } from '../plan/run-policy.ts';
import { fitParents } from './fit-parents.ts';
import {
  type Decided,
  exclusively,
  type ImageTask,
  isFatal,
  knowing,
  lookAgain,
} from './image-task.ts';
import { look, staleWarning, unlabelledWarning } from './local-state.ts';
import { pushImage } from './push.ts';
import { done, type Ended, failed, SKIPPED } from './result.ts';
import { CALLED_OFF } from './step-runner.ts';
import { buildImage, nameLocally, probeImage, pullImage } from './steps.ts';

/**
 * Each act carries one decision out. It ends with the image, or gives facts that are known now and
 * that lead to another decision.
 */
type Act = Promise<Ended | Facts | typeof SKIPPED>;

/** Leaves an image as it is, or makes up for a push. */
export async function keep(task: ImageTask, decision: Decided<'none'>): Act {
  const { resolved, facts, warn } = task;
  if (!facts.local) return done(decision);
  const { image, ref, hash } = resolved;
  const { builtFrom } = facts;
  const problem = await nameIfUnnamed(task);
  if (problem !== null) return failed(decision, problem);
  if (mayBeStale(resolved) && builtFrom !== null && builtFrom !== hash)
    warn(staleWarning(resolved));
  if (image.withHash && builtFrom === null) warn(unlabelledWarning(resolved, ref));
  return decision.push ? exclusively(task, () => push(task, decision)) : done(decision);
}

async function nameIfUnnamed(task: ImageTask) {
  const { resolved, services } = task;
  const { ref, registryRef } = resolved;
  if (!task.facts.unnamed || registryRef === null) return null;
  return services.slot(() => nameLocally(services, registryRef, ref));
}

/** Asks the registry. */
export async function probe(task: ImageTask, decision: Decided<'probe'>): Act {
  const { resolved, services, order, warn } = task;
  const { ref } = decision;
  const answer = await probeImage(services, resolved, ref, order, (each) => isFatal(task, each));
  if (answer === CALLED_OFF) return SKIPPED;
  if (answer.is === 'present' && answer.hash === null && resolved.image.withHash)
    warn(unlabelledWarning(resolved, ref));
  return knowing(task, answer);
}

/** Pulls an image. That the registry does not have it leads on. */
export function pull(task: ImageTask, decision: Decided<'pull'>): Act {
  const { resolved, facts, services, order } = task;
  return exclusively(task, async (waited) => {
    const now = waited ? await lookAgain(task, waited) : facts;
    if (now.local) return now;
    const source = { ref: decision.ref, platform: task.platform };
    const answer = await pullImage(services, resolved, source, order, (each) =>
      isFatal(task, each),
    );
    if (answer === CALLED_OFF) return SKIPPED;
    return answer.is === 'present' ? accept(task, decision) : knowing(task, answer);
  });
}

/** What was pulled gets its own name once its label is seen to say what its tag says. */
async function accept(task: ImageTask, decision: Decided<'pull'>): Promise<Ended> {
  const { resolved, services, warn } = task;
  const { ref } = decision;
  if (resolved.image.withHash) {
    const { builtFrom } = await services.slot(() => look(resolved, services));
    if (namesOther(resolved, builtFrom)) {
      // It was not here before, and under this name it would lie.
      await services.slot(() => services.docker.untag(ref));
      return failed(decision, hashMismatch(ref, 'in the registry', resolved, { builtFrom }));
    }
    if (builtFrom === null) warn(unlabelledWarning(resolved, ref));
  }
  const problem = await services.slot(() => nameLocally(services, ref, resolved.ref));
  return problem === null ? done(decision) : failed(decision, problem);
}

/** Builds an image whose parents are ready, and pushes it. */
export function build(task: ImageTask, decision: Decided<'build'>): Act {
  const { resolved, policy, services, order } = task;
  return exclusively(task, async (waited) => {
    const now = await lookAgain(task, waited);
    if (decide(resolved, policy, now).action !== 'build') return now;
    // A push that this run may not do is put off: the next one that may makes it good.
    const { offline } = policy;
    const owedTo = pushableReference(resolved);
    const fit = await fitParents(task);
    if (fit === CALLED_OFF) return SKIPPED;
    if ('code' in fit) return failed(decision, fit);
    const problem = await buildImage(services, fit, order, { offline, owedTo });
    if (problem === CALLED_OFF) return SKIPPED;
    return problem === null ? push(task, decision) : failed(decision, problem);
  });
}

/** The push that was decided on; without one, the image still gets its registry's name here. */
async function push(task: ImageTask, decision: Decided<'none' | 'build'>): Promise<Ended> {
  const { resolved, policy, facts, services, order, warn } = task;
  const ref = decision.push ? pushReference(resolved, policy) : null;
  if (ref === null) return leaveUnpushed(task, decision);
  const { image } = resolved;
  const anew = policy.force.has(image.key) || image.forceBuild;
  const mayFail =
    image.onRegistryError === 'build' && requiredOf(resolved, policy, facts) === 'local';
  const options = { overwrite: anew && decision.action === 'build', isFatal: !mayFail };
  const pushed = await pushImage(services, resolved, ref, order, options);
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
  { resolved, services }: ImageTask,
  decision: Decided<'none' | 'build'>,
): Promise<Ended> {
  const { ref, registryRef } = resolved;
  const named = registryRef ?? ref;
  const problem =
    decision.action === 'build'
      ? await services.slot(() => nameLocally(services, ref, named))
      : null;
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
