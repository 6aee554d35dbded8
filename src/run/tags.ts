import type { Failure } from '../model/failure.ts';
import type { ImageResult } from '../model/plan.ts';
import { pushConflictOfTag, registryProblem } from '../plan/failures.ts';
import { allEnded } from './all-ended.ts';
import type { RunRequest } from './run-state.ts';
import {
  performStep,
  type RunServices,
  type StepControl,
  type StepOutcome,
} from './step-runner.ts';
import { nameLocally, stepAt } from './steps.ts';
import { type Move, movesOf, type RemoteTag } from './tag-moves.ts';

/** The results of a plan, with the tags that a run would move. */
export async function withPlannedTags(
  results: readonly ImageResult[],
  request: RunRequest,
  services: RunServices,
): Promise<ImageResult[]> {
  return withTags(results, await movesOf(results, request, services));
}

/**
 * Moves the further tags once every image of the run has succeeded: first those in registries, then
 * those on this machine. After one that cannot be moved no other is begun. Only tags of images that
 * were built or pushed move: in this run, in an earlier one that came no further, or `--tag-all`.
 */
export async function moveTags(
  results: readonly ImageResult[],
  request: RunRequest,
  services: RunServices,
): Promise<ImageResult[]> {
  if (!request.policy.test && results.some(({ action }) => action === 'build'))
    services.emit({ type: 'note', text: UNTESTED });
  if (results.some(({ outcome }) => outcome !== 'done')) return [...results];
  const moves = await movesOf(results, request, services);
  const failures = new Map<string, Failure>();
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  const attempt = async (move: Move, work: (move: Move) => Promise<Failure | null>) => {
    const failure = stopped ? null : await work(move);
    if (failure === null) return;
    stop();
    const { key } = move.resolved.image;
    failures.set(key, failure);
    services.emit({ type: 'image-failed', image: key, failure });
  };
  const control = {
    reason: 'every image of the run succeeded',
    calledOff: () => stopped,
    failed: stop,
  };
  for (const { note, hash } of moves)
    if (hash !== null) await services.pendingPushes.owe(note, hash);
  await allEnded(
    moves.flatMap((move) =>
      move.remotes.map((tag) => attempt(move, () => moveRemotely(move, tag, control, services))),
    ),
  );
  for (const move of moves) await attempt(move, () => moveLocally(move, services));
  if (!stopped) {
    for (const { note, isOpen } of moves) if (!isOpen) await services.pendingPushes.settle(note);
  }
  return withTags(results, moves).map((result) => {
    const failure = failures.get(result.image);
    return failure === undefined ? result : { ...result, tag: [], outcome: 'failed', failure };
  });
}

const UNTESTED =
  'nothing was tested (--no-test), so nothing is pushed and no tag is moved: a run without it makes up for that';

function withTags(results: readonly ImageResult[], moves: readonly Move[]): ImageResult[] {
  return results.map((result) => {
    const own = moves.filter(({ resolved }) => resolved.image.key === result.image);
    const tag = own.flatMap(({ remotes, local }) =>
      remotes.length > 0 ? remotes.map(({ ref }) => ref) : (local ?? []),
    );
    return { ...result, tag };
  });
}

/** Moves a tag in a registry: by a push of the image that is here, else by a copy over there. */
async function moveRemotely(
  { resolved, isHere }: Move,
  { home, ref: remote }: RemoteTag,
  control: StepControl,
  services: RunServices,
): Promise<Failure | null> {
  const { docker, logins } = services;
  if (isHere) {
    const problem = await services.slot(() => nameLocally(services, resolved.ref, remote));
    if (problem !== null) return problem;
  }
  const names = stepAt('tag', resolved, { ...home, ref: remote });
  const came = await performStep(
    services,
    names,
    control,
    async (timeoutMs): Promise<StepOutcome<Failure | null>> => {
      const login = await logins.ensure(home.registry);
      const moved = !login.ok
        ? login
        : isHere
          ? await docker.push(remote, timeoutMs)
          : await docker.tagRemotely(home.ref, remote, timeoutMs);
      if (moved.ok) return { value: null, result: 'done', registryError: null };
      const failure = moved.kept
        ? pushConflictOfTag(remote, moved.message)
        : registryProblem(`the tag ${remote} could not be moved`, moved);
      return { value: failure, result: 'failed', registryError: moved };
    },
  );
  return typeof came === 'string' ? null : came;
}

async function moveLocally(
  { resolved, local }: Move,
  services: RunServices,
): Promise<Failure | null> {
  return local === null ? null : services.slot(() => nameLocally(services, resolved.ref, local));
}
