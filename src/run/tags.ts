import type { Failure } from '../model/failure.ts';
import { movingReferencesOf } from '../model/naming.ts';
import type { ImageResult } from '../model/plan.ts';
import type { ResolvedHome, ResolvedImage } from '../model/resolved.ts';
import { pushConflictOfTag, registryProblem } from '../plan/failures.ts';
import { homesToPush, pushableHomes } from '../plan/run-policy.ts';
import { allEnded } from './all-ended.ts';
import { askRegistry } from './ask.ts';
import { owesTags, tagNote } from './owed-tags.ts';
import type { RunRequest } from './run-state.ts';
import {
  performStep,
  type RunServices,
  type StepControl,
  type StepOutcome,
} from './step-runner.ts';
import { nameLocally, stepAt } from './steps.ts';

/** A further tag that is this run's to move, as far as it does not name its image yet. */
interface Move {
  readonly resolved: ResolvedImage;
  /** The name of its note: see owed-tags.ts. */
  readonly note: string;
  /** The tag as this machine names it; null where the image is not here, or the tag is right. */
  readonly local: string | null;
  /** The tag in each registry that it may be pushed to now, where it is not right. */
  readonly remotes: readonly RemoteTag[];
  /** The image is here; else in the registry only. */
  readonly isHere: boolean;
  /** What the image here was built from; null where that is not known. */
  readonly hash: string | null;
  /** A registry's tag is left to a later run, which may push. */
  readonly isOpen: boolean;
}

/** A further tag in a registry. */
interface RemoteTag {
  readonly home: ResolvedHome;
  /** As the registry names it. */
  readonly ref: string;
}

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

interface TaggedImage {
  readonly resolved: ResolvedImage;
  readonly result: ImageResult;
}

async function movesOf(
  results: readonly ImageResult[],
  request: RunRequest,
  services: RunServices,
): Promise<Move[]> {
  if (!request.policy.test) return [];
  const tagged: TaggedImage[] = [];
  for (const result of results) {
    const resolved = request.images.get(result.image);
    if (resolved === undefined || resolved.image.tags.length === 0) continue;
    if (await isDue(resolved, result, request, services)) tagged.push({ result, resolved });
  }
  if (tagged.length === 0) return [];
  // What was built just now has no right tags yet.
  const unsure = tagged.filter(({ result }) => result.action !== 'build');
  const refs = unsure.flatMap(({ resolved }) => [
    resolved.ref,
    ...movingReferencesOf(resolved.image).map(({ ref }) => ref),
  ]);
  const here = refs.length === 0 ? new Map() : await services.docker.findLocal(refs);
  const moves = tagged.map(({ result, resolved }) =>
    movesOfImage({ resolved, result, here }, request, services),
  );
  return (await allEnded(moves)).flat();
}

/** Whether the tags of an image are this run's to move. */
async function isDue(
  { image }: ResolvedImage,
  result: ImageResult,
  { policy, local }: RunRequest,
  { pendingPushes }: RunServices,
): Promise<boolean> {
  if (policy.tagAll || isPublished(result)) return true;
  const builtFrom = local.get(image.key)?.builtFrom ?? null;
  return (
    result.action === 'none' && builtFrom !== null && owesTags(pendingPushes, image, builtFrom)
  );
}

function isPublished({ action, push }: ImageResult): boolean {
  return action === 'build' || push;
}

async function movesOfImage(
  { resolved, result, here }: TaggedImage & { readonly here: ReadonlyMap<string, string> },
  { policy, local }: RunRequest,
  services: RunServices,
): Promise<Move[]> {
  const isBuilt = result.action === 'build';
  const id = isBuilt ? null : (here.get(resolved.ref) ?? null);
  const isHere = isBuilt || id !== null;
  const hash = isBuilt ? resolved.hash : (local.get(resolved.image.key)?.builtFrom ?? null);
  // Built, but its push failed, which was let pass: the registry has nothing to name.
  const isOwedTo = async ({ ref }: ResolvedHome) =>
    isHere && hash !== null && services.pendingPushes.owes(ref, hash);
  const targets: ResolvedHome[] = [];
  for (const home of homesToPush(resolved, policy))
    if (isBroughtTo(result, home) || !(await isOwedTo(home))) targets.push(home);
  const moves = movingReferencesOf(resolved.image).map(async (tag): Promise<Move> => {
    const isRight = id !== null && here.get(tag.ref) === id;
    // In a plan what is not here yet will be.
    const isNamed = isHere || result.action !== 'none';
    const remotes: RemoteTag[] = [];
    for (const home of targets) {
      const ref = tag.registryRefs[resolved.homes.indexOf(home)] ?? tag.ref;
      const isRightThere = !isPublished(result) && (await namesIt(home, ref, services));
      if (!isRightThere) remotes.push({ home, ref });
    }
    const isOpen = targets.length < pushableHomes(resolved).length;
    return {
      resolved,
      note: tagNote(tag.ref),
      local: !isNamed || isRight ? null : tag.ref,
      remotes,
      isHere,
      hash,
      isOpen,
    };
  });
  return allEnded(moves);
}

function isBroughtTo({ registries }: ImageResult, { ref }: ResolvedHome): boolean {
  return registries.some((each) => each.ref === ref && ['push', 'copy'].includes(each.action));
}

/** Whether a tag in the registry names the image that the registry has. */
async function namesIt(
  { ref, registry }: ResolvedHome,
  target: string,
  services: RunServices,
): Promise<boolean> {
  const ask = (name: string) =>
    services.registries.withRequest(registry, async () => {
      const login = await services.logins.ensure(registry);
      if (!login.ok) return null;
      const timeoutMs = services.registries.timeoutMs(registry);
      return askRegistry(services, registry, { ref: name, timeoutMs });
    });
  const [own, tagged] = [await ask(ref), await ask(target)];
  if (own?.is !== 'present' || tagged?.is !== 'present') return false;
  // An old buildx gives the same image another digest where it names it a second time.
  return own.digest === tagged.digest || (own.hash !== null && own.hash === tagged.hash);
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
