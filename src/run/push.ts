import type { NotTransferred, Transfer } from '../docker/port.ts';
import type { Failure } from '../model/failure.ts';
import type { Delivery, FoundInRegistry } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { pushConflict, registryProblem } from '../plan/failures.ts';
import { askInSlot } from './ask.ts';
import type { ImageTask } from './image-task.ts';
import { oweTags } from './owed-tags.ts';
import { performStep, type RunServices, type StepOutcome } from './step-runner.ts';
import { nameLocally, stepAt } from './steps.ts';

/** What became of a push. `adopted`: another run was quicker, and pushed the same. */
export type Pushed =
  | { readonly is: 'pushed' }
  | { readonly is: 'adopted'; readonly labelled: boolean }
  | { readonly is: 'failed'; readonly failure: Failure; readonly isAnswer: boolean };

export interface PushOptions {
  /** It has its registry's name here already. */
  readonly isNamed: boolean;
  /** What the registry has under the tag is to be replaced: it was built anew on purpose. */
  readonly overwrite: boolean;
  /** Whether a registry that cannot take it fails the image. */
  readonly isFatal: boolean;
}

/**
 * Brings an image to a registry: pushes what is here, or has it copied from another registry. Never called off, since
 * what was begun is finished. What is here and could not be pushed stays owed.
 */
export async function pushImage(
  { resolved, facts, services, control }: ImageTask,
  delivery: Delivery,
  options: PushOptions,
): Promise<Pushed> {
  const { to, from } = delivery;
  const { ref } = to;
  const isHere = options.isNamed || facts.local;
  const known = options.isNamed ? resolved.hash : facts.builtFrom;
  const mark = isHere ? (known ?? (await idOf(services, resolved))) : null;
  if (mark !== null) {
    await services.pendingPushes.owe(ref, mark);
    await oweTags(services.pendingPushes, resolved.image, mark);
  }
  const named =
    options.isNamed || !isHere
      ? null
      : await services.slot(() => nameLocally(services, resolved.ref, ref));
  if (named !== null) return { is: 'failed', failure: named, isAnswer: true };
  const always = { ...control, calledOff: () => false };
  const names = stepAt(from === null ? 'push' : 'copy', resolved, to);
  const pushed = await performStep(services, names, always, async (timeoutMs) => {
    const login = await loginFor(delivery, services);
    const attempt = { resolved, delivery, isHere, timeoutMs };
    const came = login.ok ? await tryPush(attempt, options, services) : login;
    return cameTo(came, delivery, options);
  });
  if (typeof pushed === 'string') throw new Error('a push is never called off');
  if (pushed.is !== 'failed') await services.pendingPushes.settle(ref);
  return pushed;
}

/** What an image without a label is known by. */
async function idOf({ slot, docker }: RunServices, { ref }: ResolvedImage): Promise<string | null> {
  return (await slot(() => docker.findLocal([ref]))).get(ref) ?? null;
}

async function loginFor({ to, from }: Delivery, { logins }: RunServices): Promise<Transfer> {
  const source = from === null ? null : await logins.ensure(from.registry);
  return source === null || source.ok ? logins.ensure(to.registry) : source;
}

interface PushTry {
  readonly resolved: ResolvedImage;
  readonly delivery: Delivery;
  readonly isHere: boolean;
  readonly timeoutMs: number;
}

/**
 * A tag with a hash is looked for once more right before: of two runs that found it absent, and both
 * built it, one need not upload what is there. Where the look fails the push itself will tell.
 */
async function tryPush(
  attempt: PushTry,
  { overwrite }: PushOptions,
  services: RunServices,
): Promise<Pushed | Transfer> {
  const { resolved, delivery, timeoutMs } = attempt;
  const { ref } = delivery.to;
  if (resolved.image.withHash && !overwrite) {
    const there = await askInSlot(services, { ref, timeoutMs });
    if (there.is === 'present') return adopt(resolved, ref, there);
  }
  const transfer = await transferOf(attempt, services);
  const mayBeThere = !transfer.ok && (transfer.kept || transfer.fault === 'denied');
  if (!mayBeThere) return transfer;
  const there = await askInSlot(services, { ref, timeoutMs });
  if (there.is !== 'present') return { ...transfer, kept: transfer.kept && there.is === 'unknown' };
  const adopted = adopt(resolved, ref, there);
  return transfer.kept || adopted.is === 'adopted' ? adopted : transfer;
}

/** What is here can be pushed where docker cannot copy it from one registry to the other. */
async function transferOf(
  { delivery: { to, from }, isHere, timeoutMs }: PushTry,
  { docker }: RunServices,
): Promise<Transfer> {
  const copied = from === null ? null : await docker.tagRemotely(from.ref, to.ref, timeoutMs);
  const isEnd = copied !== null && (copied.ok || copied.kept || !isHere);
  return isEnd ? copied : docker.push(to.ref, timeoutMs);
}

function adopt(resolved: ResolvedImage, ref: string, { hash }: FoundInRegistry): Pushed {
  if (hash === resolved.hash) return { is: 'adopted', labelled: true };
  if (hash === null && resolved.image.withHash) return { is: 'adopted', labelled: false };
  return { is: 'failed', failure: pushConflict(ref, resolved, hash), isAnswer: true };
}

function cameTo(
  came: Pushed | Transfer,
  delivery: Delivery,
  { isFatal }: PushOptions,
): StepOutcome<Pushed> {
  if ('ok' in came) {
    if (came.ok) return { value: { is: 'pushed' }, result: 'done', registryError: null };
    const failure = notPushed(delivery, came);
    const value: Pushed = { is: 'failed', failure, isAnswer: came.kept };
    return { value, result: isFatal || came.kept ? 'failed' : 'unclear', registryError: came };
  }
  const result = came.is === 'failed' ? 'failed' : 'already-there';
  return { value: came, result, registryError: null };
}

function notPushed({ to: { ref }, from }: Delivery, problem: NotTransferred): Failure {
  const [where, done] =
    from === null ? ['here', 'pushed'] : [`in another registry (${from.ref})`, 'copied'];
  if (!problem.kept)
    return registryProblem(`${ref} is ${where}, but could not be ${done}`, problem);
  return {
    code: 'push-conflict',
    message: `${ref} is ${where}, but the registry does not let its tag be replaced: ${problem.message}`,
    advice: 'give the image a new `version`, or `with_hash: true`',
  };
}
