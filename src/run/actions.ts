import type { Diagnostic } from '../model/diagnostic.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { mayBeStale, namesOther } from '../plan/decide.ts';
import { pushReference, requiredOf } from '../plan/run-policy.ts';
import type { Answer } from './complete-plan.ts';
import {
  type Decided,
  exclusively,
  type ImageTask,
  isFatal,
  knowing,
  lookAgain,
} from './image-task.ts';
import { look, staleWarning, unlabelledWarning } from './local-state.ts';
import { settleTest } from './owed-tests.ts';
import { pushImage } from './push.ts';
import { done, type Ended, failed } from './result.ts';
import { CALLED_OFF } from './step-runner.ts';
import { nameLocally, probeImage, pullImage } from './steps.ts';
import { testImage } from './test-image.ts';

/** Leaves an image as it is, or makes up for a push. */
export async function keep(task: ImageTask, decision: Decided<'none'>): Promise<Ended> {
  const { resolved, facts, warn } = task;
  if (!facts.local) return done(decision);
  const { image, ref, hash } = resolved;
  const { builtFrom } = facts;
  const problem = await nameIfUnnamed(task);
  if (problem !== null) return failed(decision, problem);
  if (mayBeStale(resolved) && builtFrom !== null && builtFrom !== hash)
    warn(staleWarning(resolved));
  if (image.withHash && builtFrom === null) warn(unlabelledWarning(resolved, ref));
  if (!decision.test && !decision.push) return done(decision);
  return exclusively(task, async () => {
    const failure = decision.test ? await testImage(task) : null;
    if (failure !== null) return failed(decision, failure);
    if (decision.test) await settleTest(task.services.pendingPushes, resolved);
    return push(task, decision);
  });
}

async function nameIfUnnamed(task: ImageTask) {
  const { resolved, services } = task;
  const { ref, registryRef } = resolved;
  if (!task.facts.unnamed || registryRef === null) return null;
  return services.slot(() => nameLocally(services, registryRef, ref));
}

/** Asks the registry. */
export async function probe(task: ImageTask, { ref }: Decided<'probe' | 'pull'>): Promise<Answer> {
  const { resolved, services, control, warn } = task;
  const answer = await probeImage(services, {
    resolved,
    ref,
    control,
    isFatal: (each) => isFatal(task, each),
  });
  if (answer === CALLED_OFF) return { is: 'called-off' };
  if (answer.is === 'present' && answer.hash === null && resolved.image.withHash)
    warn(unlabelledWarning(resolved, ref));
  return { is: 'known', facts: knowing(task, answer) };
}

/** Pulls an image. That the registry does not have it is an answer, too. */
export function pull(task: ImageTask, decision: Decided<'pull'>): Promise<Answer> {
  const { resolved, services, control } = task;
  return exclusively(task, async (isChanged): Promise<Answer> => {
    const now = isChanged ? await lookAgain(task) : task.facts;
    if (now.local) return { is: 'known', facts: now };
    const answer = await pullImage(services, {
      resolved,
      ref: decision.ref,
      platform: task.platform(),
      control,
      isFatal: (each) => isFatal(task, each),
    });
    if (answer === CALLED_OFF) return { is: 'called-off' };
    if (answer.is === 'present') return accept(task, decision);
    return { is: 'known', facts: knowing(task, answer) };
  });
}

/** What was pulled gets its own name once its label is seen to say what its tag says. */
async function accept(task: ImageTask, decision: Decided<'pull'>): Promise<Answer> {
  const { resolved, services, warn } = task;
  const { ref } = decision;
  const isLabelled = resolved.build !== null;
  const { builtFrom } = isLabelled
    ? await services.slot(() => look(resolved, services))
    : { builtFrom: null };
  if (namesOther(resolved, builtFrom)) {
    // It was not here before, and under this name it would lie.
    await services.slot(() => services.docker.untag(ref));
    return { is: 'known', facts: knowing(task, { is: 'present', hash: builtFrom }) };
  }
  if (resolved.image.withHash && builtFrom === null) warn(unlabelledWarning(resolved, ref));
  const problem = await services.slot(() => nameLocally(services, ref, resolved.ref));
  if (problem !== null) return { is: 'failed', failure: problem };
  // Who has published it has tested it.
  await settleTest(services.pendingPushes, resolved);
  const known = knowing(task, { is: 'present', hash: builtFrom });
  const facts = { ...known, local: true, builtFrom, untested: false };
  return { is: 'pulled', facts };
}

/** The push that was decided on. What is not pushed has its registry's name here all the same. */
export async function push(task: ImageTask, decision: Decided<'none' | 'build'>): Promise<Ended> {
  const { resolved, policy, facts, warn } = task;
  const ref = decision.push ? pushReference(resolved, policy) : null;
  if (ref === null) return done(decision);
  const { image } = resolved;
  const anew = policy.force.has(image.key) || image.forceBuild;
  const mayFail =
    image.onRegistryError === 'build' && requiredOf(resolved, policy, facts) === 'local';
  const pushed = await pushImage(task, ref, {
    isNamed: decision.action === 'build',
    overwrite: anew && decision.action === 'build',
    isFatal: !mayFail,
  });
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

function unpushedWarning({ image }: ResolvedImage, message: string): Diagnostic {
  return {
    severity: 'warning',
    code: 'not-pushed',
    image: image.key,
    message,
    advice: 'the next `docker-ensure up` pushes it; `on_registry_error: fail` makes this an error',
  };
}
