import type { Failure } from '../model/failure.ts';
import { movingReferencesOf } from '../model/naming.ts';
import type { ImageResult } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { pushConflictOfTag, registryProblem } from '../plan/failures.ts';
import { pushReference, requiredOf } from '../plan/policy.ts';
import { allEnded } from './all-ended.ts';
import { factsOf } from './here.ts';
import type { RunRequest } from './run.ts';
import { type Came, type Order, performStep, type Tools } from './step.ts';
import { nameLocally } from './steps.ts';

/** A further tag that does not name its image yet: on this machine, in the registry, or in both. */
interface Move {
  readonly resolved: ResolvedImage;
  /** The tag as this machine names it; null where the image is not here, or the tag is right. */
  readonly local: string | null;
  /** The tag as the registry names it; null where it may not be pushed, or is right. */
  readonly remote: string | null;
  /** The ID of the image here; null where it is in the registry only. */
  readonly id: string | null;
}

/** The results of a plan, with the tags that a run would move. */
export async function withPlannedTags(
  results: readonly ImageResult[],
  request: RunRequest,
  tools: Tools,
): Promise<ImageResult[]> {
  return withTags(results, await movesOf(results, request, tools));
}

/**
 * Moves the further tags once every image of the run has succeeded: first those in registries, then
 * those on this machine. After one that cannot be moved no other is begun.
 */
export async function moveTags(
  results: readonly ImageResult[],
  request: RunRequest,
  tools: Tools,
): Promise<ImageResult[]> {
  if (results.some(({ outcome }) => outcome !== 'done')) return [...results];
  const moves = await movesOf(results, request, tools);
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
    tools.emit({ type: 'image-failed', image: key, failure });
  };
  const order = {
    reason: 'every image of the run succeeded',
    calledOff: () => stopped,
    failed: stop,
  };
  await allEnded(moves.map((move) => attempt(move, () => moveRemotely(move, order, tools))));
  for (const move of moves) await attempt(move, () => moveLocally(move, request, tools));
  return withTags(results, moves).map((result) => {
    const failure = failures.get(result.image);
    return failure === undefined ? result : { ...result, tag: [], outcome: 'failed', failure };
  });
}

function withTags(results: readonly ImageResult[], moves: readonly Move[]): ImageResult[] {
  return results.map((result) => {
    const own = moves.filter(({ resolved }) => resolved.image.key === result.image);
    return { ...result, tag: own.flatMap(({ remote, local }) => remote ?? local ?? []) };
  });
}

async function movesOf(
  results: readonly ImageResult[],
  request: RunRequest,
  tools: Tools,
): Promise<Move[]> {
  const tagged = results.flatMap((result) => {
    const resolved = request.images.get(result.image);
    return resolved === undefined || resolved.image.tags.length === 0 ? [] : [{ result, resolved }];
  });
  if (tagged.length === 0) return [];
  const refs = tagged.flatMap(({ resolved }) => [
    resolved.ref,
    ...movingReferencesOf(resolved.image).map(({ ref }) => ref),
  ]);
  const here = await tools.docker.findLocal(refs);
  const moves = tagged.map(({ result, resolved }) =>
    movesOfImage(resolved, result, here, request, tools),
  );
  return (await allEnded(moves)).flat();
}

async function movesOfImage(
  resolved: ResolvedImage,
  result: ImageResult,
  here: ReadonlyMap<string, string>,
  request: RunRequest,
  tools: Tools,
): Promise<Move[]> {
  // In a plan what is not here yet will be.
  const anew = result.action !== 'none';
  const id = here.get(resolved.ref) ?? null;
  const mayPush = pushReference(resolved, request.policy) !== null;
  const moves = movingReferencesOf(resolved.image).map(async (tag): Promise<Move> => {
    const right = id !== null && here.get(tag.ref) === id;
    const local = (id === null && !anew) || right ? null : tag.ref;
    const wanted = mayPush ? tag.registryRef : null;
    const stays =
      wanted === null ||
      (!anew && !result.push && !(await isDue(resolved, wanted, { right, id }, request, tools)));
    return { resolved, local, remote: stays ? null : wanted, id };
  });
  return (await allEnded(moves)).filter(({ local, remote }) => local !== null || remote !== null);
}

/** Whether a tag in the registry is to be moved to an image that was there all along. */
async function isDue(
  resolved: ResolvedImage,
  target: string,
  { right, id }: { readonly right: boolean; readonly id: string | null },
  { policy, here }: RunRequest,
  tools: Tools,
): Promise<boolean> {
  const { ref, registryRef, image } = resolved;
  const known = here.get(image.key);
  if (known === undefined) return true;
  // Who requires the registry wants to know what it has; else this machine's own tag tells.
  if (requiredOf(resolved, policy, factsOf(known)) === 'local') {
    return !right || (id !== null && (await tools.ledger.owes(target, id)));
  }
  const ask = (name: string) =>
    tools.registries.seat(image.registry, () =>
      tools.docker.probe(name, tools.registries.timeoutMs(image.registry)),
    );
  const [own, tagged] = [await ask(registryRef ?? ref), await ask(target)];
  if (own.is !== 'present' || tagged.is !== 'present') return true;
  // An old buildx gives the same image another digest where it names it a second time.
  return own.digest !== tagged.digest && (own.hash === null || own.hash !== tagged.hash);
}

/** Moves a tag in a registry: by a push of the image that is here, else by a copy over there. */
async function moveRemotely(
  { resolved, remote, id }: Move,
  order: Order,
  tools: Tools,
): Promise<Failure | null> {
  if (remote === null) return null;
  const { image, ref, registryRef } = resolved;
  const { docker, ledger, logins } = tools;
  if (id !== null) {
    await ledger.owe(remote, id);
    const problem = await tools.slot(() => nameLocally(tools, ref, remote));
    if (problem !== null) return problem;
  }
  const names = { image: image.key, step: 'tag' as const, ref: remote, registry: image.registry };
  const came = await performStep(
    tools,
    names,
    order,
    async (timeoutMs): Promise<Came<Failure | null>> => {
      const login = await logins.ensure(image.registry);
      const moved = !login.ok
        ? login
        : id !== null
          ? await docker.push(remote, timeoutMs)
          : await docker.tagRemotely(registryRef ?? ref, remote, timeoutMs);
      if (moved.ok) return { value: null, result: 'done', trouble: null };
      const failure = moved.kept
        ? pushConflictOfTag(remote, moved.message)
        : registryProblem(`the tag ${remote} could not be moved`, moved);
      return { value: failure, result: 'failed', trouble: moved };
    },
  );
  if (typeof came === 'string') return null;
  if (came === null) await ledger.settle(remote);
  return came;
}

async function moveLocally(
  { resolved, local, remote, id }: Move,
  { policy }: RunRequest,
  tools: Tools,
): Promise<Failure | null> {
  if (local === null) return null;
  const problem = await tools.slot(() => nameLocally(tools, resolved.ref, local));
  const later = pushReference(resolved, { ...policy, offline: false });
  if (problem === null && remote === null && policy.offline && later !== null && id !== null) {
    const target = movingReferencesOf(resolved.image).find(({ ref }) => ref === local)?.registryRef;
    if (target != null) await tools.ledger.owe(target, id);
  }
  return problem;
}
