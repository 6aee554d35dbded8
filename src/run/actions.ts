import type { Diagnostic } from '../model/diagnostic.ts';
import type { Failure } from '../model/failure.ts';
import { mainRegistryRef, theRegistry } from '../model/homes.ts';
import type { Delivery } from '../model/plan.ts';
import type { ResolvedHome, ResolvedImage } from '../model/resolved.ts';
import { mayBeStale, namesOther } from '../plan/decide.ts';
import { requiredOf } from '../plan/run-policy.ts';
import { allEnded } from './all-ended.ts';
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
  if (!facts.local) return decision.push.length === 0 ? done(decision) : copy(task, decision);
  const { image, ref, hash } = resolved;
  const { builtFrom } = facts;
  const problem = await nameIfUnnamed(task);
  if (problem !== null) return failed(decision, problem);
  if (mayBeStale(resolved) && builtFrom !== null && builtFrom !== hash)
    warn(staleWarning(resolved));
  if (image.withHash && builtFrom === null) warn(unlabelledWarning(resolved, ref));
  if (!decision.test && decision.push.length === 0) return done(decision);
  return exclusively(task, async () => {
    const failure = decision.test ? await testImage(task) : null;
    if (failure !== null) return failed(decision, failure);
    if (decision.test) await settleTest(task.services.pendingPushes, resolved);
    return push(task, decision);
  });
}

/** An image that is not here and need not be: registries get it from one another. */
function copy(task: ImageTask, decision: Decided<'none'>): Promise<Ended> {
  return exclusively(task, () => push(task, decision));
}

async function nameIfUnnamed({ resolved, facts: { otherName }, services }: ImageTask) {
  if (otherName === null) return null;
  return services.slot(() => nameLocally(services, otherName, resolved.ref));
}

/** Asks a registry. */
export async function probe(task: ImageTask, { home }: Decided<'probe' | 'pull'>): Promise<Answer> {
  const { resolved, services, control, warn } = task;
  const answer = await probeImage(services, {
    resolved,
    home,
    control,
    isFatal: (each) => isFatal(task, home, each),
  });
  if (answer === CALLED_OFF) return { is: 'called-off' };
  if (answer.is === 'present' && answer.hash === null && resolved.image.withHash)
    warn(unlabelledWarning(resolved, home.ref));
  return { is: 'known', facts: knowing(task, home, answer) };
}

/** Pulls an image. That the registry does not have it is an answer, too. */
export function pull(task: ImageTask, decision: Decided<'pull'>): Promise<Answer> {
  const { resolved, services, control } = task;
  return exclusively(task, async (isChanged): Promise<Answer> => {
    const now = isChanged ? await lookAgain(task) : task.facts;
    if (now.local) return { is: 'known', facts: now };
    const answer = await pullImage(services, {
      resolved,
      home: decision.home,
      platform: task.platform(),
      control,
      isFatal: (each) => isFatal(task, decision.home, each),
    });
    if (answer === CALLED_OFF) return { is: 'called-off' };
    if (answer.is === 'present') return accept(task, decision);
    return { is: 'known', facts: knowing(task, decision.home, answer) };
  });
}

/** What was pulled gets its own name once its label is seen to say what its tag says. */
async function accept(task: ImageTask, { home }: Decided<'pull'>): Promise<Answer> {
  const { resolved, services, warn } = task;
  const { ref } = home;
  const isLabelled = resolved.build !== null;
  const { builtFrom } = isLabelled
    ? await services.slot(() => look(resolved, services))
    : { builtFrom: null };
  if (namesOther(resolved, builtFrom)) {
    // It was not here before, and under this name it would lie.
    await services.slot(() => services.docker.untag(ref));
    return { is: 'known', facts: knowing(task, home, { is: 'present', hash: builtFrom }) };
  }
  if (resolved.image.withHash && builtFrom === null) warn(unlabelledWarning(resolved, ref));
  for (const name of [resolved.ref, mainRegistryRef(resolved) ?? ref]) {
    const problem = await services.slot(() => nameLocally(services, ref, name));
    if (problem !== null) return { is: 'failed', failure: problem };
  }
  // Who has published it has tested it.
  await settleTest(services.pendingPushes, resolved);
  const known = knowing(task, home, { is: 'present', hash: builtFrom });
  const facts = { ...known, local: true, builtFrom, untested: false };
  return { is: 'pulled', facts };
}

/**
 * The pushes and copies that were decided on, side by side. What is not pushed has its registry's name here all the
 * same.
 */
export async function push(task: ImageTask, decision: Decided<'none' | 'build'>): Promise<Ended> {
  const { resolved, policy, facts, warn } = task;
  if (decision.push.length === 0) return done(decision);
  const { image } = resolved;
  const anew = policy.force.has(image.key) || image.forceBuild;
  const mayFail =
    image.onRegistryError === 'build' && requiredOf(resolved, policy, facts) === 'local';
  const options = {
    isNamed: decision.action === 'build',
    overwrite: anew && decision.action === 'build',
    isFatal: !mayFail,
  };
  const outcomes = await allEnded(
    decision.push.map(async (delivery) => ({
      delivery,
      pushed: await pushImage(task, delivery, options),
    })),
  );
  const failures: Failure[] = [];
  const pushed: Delivery[] = [];
  const adopted: ResolvedHome[] = [];
  const owed: ResolvedHome[] = [];
  for (const { delivery, pushed: came } of outcomes) {
    const { to } = delivery;
    if (came.is === 'pushed') pushed.push(delivery);
    else if (came.is === 'adopted') {
      if (!came.labelled) warn(unlabelledWarning(resolved, to.ref));
      adopted.push(to);
    } else if (!mayFail || came.isAnswer) failures.push(came.failure);
    else {
      warn(unpushedWarning(resolved, came.failure.message));
      owed.push(to);
    }
  }
  const failure = joined(failures);
  if (failure !== null) return failed(decision, failure);
  const which = (homes: readonly ResolvedHome[]) =>
    resolved.homes.length < 2 ? '' : ` to ${theRegistry(resolved, homes)}`;
  const reason = [
    decision.reason,
    ...(adopted.length > 0 ? [`it was pushed${which(adopted)} meanwhile`] : []),
    ...(owed.length > 0 ? [`it is not pushed${which(owed)} yet`] : []),
  ].join('; ');
  return done({ ...decision, push: pushed, reason });
}

/** What went wrong with several registries, as one failure: the first says of what kind. */
function joined([first, ...more]: readonly Failure[]): Failure | null {
  if (first === undefined || more.length === 0) return first ?? null;
  return { ...first, message: [first, ...more].map(({ message }) => message).join('\n') };
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
