import type { NotTransferred, Transfer } from '../docker/port.ts';
import type { Failure } from '../model/failure.ts';
import type { FoundInRegistry } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { pushConflict, registryProblem } from '../plan/failures.ts';
import { askInSlot } from './ask.ts';
import type { ImageTask } from './image-task.ts';
import { oweTags } from './owed-tags.ts';
import { performStep, type RunServices, type StepOutcome } from './step-runner.ts';
import { nameLocally } from './steps.ts';

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
 * Pushes an image that is here; never called off, since what was begun is finished. What could not be
 * pushed stays owed.
 */
export async function pushImage(
  { resolved, facts, services, control }: ImageTask,
  ref: string,
  options: PushOptions,
): Promise<Pushed> {
  const { key, registry } = resolved.image;
  const mark =
    (options.isNamed ? resolved.hash : facts.builtFrom) ?? (await idOf(services, resolved));
  if (mark !== null) {
    await services.pendingPushes.owe(ref, mark);
    await oweTags(services.pendingPushes, resolved.image, mark);
  }
  const named = options.isNamed
    ? null
    : await services.slot(() => nameLocally(services, resolved.ref, ref));
  if (named !== null) return { is: 'failed', failure: named, isAnswer: true };
  const always = { ...control, calledOff: () => false };
  const names = { image: key, step: 'push' as const, ref, registry };
  const pushed = await performStep(services, names, always, async (timeoutMs) => {
    const login = await services.logins.ensure(registry);
    const came = login.ok ? await tryPush({ resolved, ref, timeoutMs }, options, services) : login;
    return cameTo(came, ref, options);
  });
  if (typeof pushed === 'string') throw new Error('a push is never called off');
  if (pushed.is !== 'failed') await services.pendingPushes.settle(ref);
  return pushed;
}

/** What an image without a label is known by. */
async function idOf({ slot, docker }: RunServices, { ref }: ResolvedImage): Promise<string | null> {
  return (await slot(() => docker.findLocal([ref]))).get(ref) ?? null;
}

interface PushTry {
  readonly resolved: ResolvedImage;
  readonly ref: string;
  readonly timeoutMs: number;
}

/**
 * A tag with a hash is looked for once more right before: of two runs that found it absent, and both
 * built it, one need not upload what is there. Where the look fails the push itself will tell.
 */
async function tryPush(
  { resolved, ref, timeoutMs }: PushTry,
  { overwrite }: PushOptions,
  services: RunServices,
): Promise<Pushed | Transfer> {
  if (resolved.image.withHash && !overwrite) {
    const there = await askInSlot(services, { ref, timeoutMs });
    if (there.is === 'present') return adopt(resolved, ref, there);
  }
  const transfer = await services.docker.push(ref, timeoutMs);
  const mayBeThere = !transfer.ok && (transfer.kept || transfer.fault === 'denied');
  if (!mayBeThere) return transfer;
  const there = await askInSlot(services, { ref, timeoutMs });
  if (there.is !== 'present') return { ...transfer, kept: transfer.kept && there.is === 'unknown' };
  const adopted = adopt(resolved, ref, there);
  return transfer.kept || adopted.is === 'adopted' ? adopted : transfer;
}

function adopt(resolved: ResolvedImage, ref: string, { hash }: FoundInRegistry): Pushed {
  if (hash === resolved.hash) return { is: 'adopted', labelled: true };
  if (hash === null && resolved.image.withHash) return { is: 'adopted', labelled: false };
  return { is: 'failed', failure: pushConflict(ref, resolved, hash), isAnswer: true };
}

function cameTo(
  came: Pushed | Transfer,
  ref: string,
  { isFatal }: PushOptions,
): StepOutcome<Pushed> {
  if ('ok' in came) {
    if (came.ok) return { value: { is: 'pushed' }, result: 'done', registryError: null };
    const failure = notPushed(ref, came);
    const value: Pushed = { is: 'failed', failure, isAnswer: came.kept };
    return { value, result: isFatal || came.kept ? 'failed' : 'unclear', registryError: came };
  }
  const result = came.is === 'failed' ? 'failed' : 'already-there';
  return { value: came, result, registryError: null };
}

function notPushed(ref: string, problem: NotTransferred): Failure {
  if (!problem.kept) return registryProblem(`${ref} is here, but could not be pushed`, problem);
  return {
    code: 'push-conflict',
    message: `${ref} is here, but the registry does not let its tag be replaced: ${problem.message}`,
    advice: 'give the image a new `version`, or `with_hash: true`',
  };
}
