import pLimit, { type LimitFunction } from 'p-limit';
import type { BuildFailed, BuildRequest, OwnCaches } from '../docker/port.ts';
import { namesGiven } from '../model/homes.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import type { Staging, StagingFailure } from '../model/staging.ts';
import { inputsMoved, registryProblem, stagingProblem } from '../plan/failures.ts';
import { pushableHomes } from '../plan/run-policy.ts';
import { allEnded } from './all-ended.ts';
import { cachesOf } from './build-caches.ts';
import { beginBuild, endBuild, failedOrRetry } from './build-step.ts';
import type { BuildTask, NotBuilt } from './build-task.ts';
import { fitParents } from './fit-parents.ts';
import { oweTags } from './owed-tags.ts';
import { oweTest } from './owed-tests.ts';
import type { RunState } from './run-state.ts';
import { CALLED_OFF, type RunServices } from './step-runner.ts';

/** How a group ended. */
export interface GroupEnd {
  /** By key, of all images that were not built. */
  readonly notBuilt: ReadonlyMap<string, NotBuilt>;
  /** The images that were called off are to be built each by itself. */
  readonly isApart: boolean;
}

/** An image whose build can begin. */
interface Prepared {
  readonly is: 'prepared';
  readonly task: BuildTask;
  readonly resolved: ResolvedImage;
  readonly staging: Staging;
  readonly caches: OwnCaches;
}

/** How many images are staged at once: copying is bound by the disk and one thread. */
const STAGED_AT_ONCE = 4;

/** How often what is no fault of an image is tried again: by then it is no accident. */
const MOST_TRIES = 3;

/**
 * Builds images in one docker call: logs in to where they are built from, has their parents for the right
 * platform, stages their files. One that fails before docker is called is left out, with its children.
 * `onBuilt` is told of each image at once, while others are still being built.
 */
export async function buildGroup(
  state: RunState,
  group: readonly BuildTask[],
  onBuilt: (task: BuildTask) => void,
): Promise<GroupEnd> {
  const notBuilt = new Map<string, NotBuilt>(
    group.map(({ key }) => [key, { is: 'called-off' } as const]),
  );
  const prepared: Prepared[] = [];
  const stagingSlot = pLimit(STAGED_AT_ONCE);
  try {
    await allEnded(
      group.map(async (task) => {
        const outcome = await prepare(state, task, stagingSlot);
        if (outcome.is === 'prepared') prepared.push(outcome);
        else notBuilt.set(task.key, outcome);
        if (outcome.is === 'failed') state.fail(task.key);
      }),
    );
    // After a failure nothing new starts.
    if (state.isStopped) return { notBuilt, isApart: false };
    const ready = withTheirParents(group, prepared);
    const failure = await buildPrepared(state, ready, (task) => {
      notBuilt.delete(task.key);
      onBuilt(task);
    });
    if (failure === null) return { notBuilt, isApart: false };
    const blamed = ready.filter(
      ({ task }) => notBuilt.has(task.key) && task.key === (failure.key ?? task.key),
    );
    const isFinal =
      failure.again === undefined ||
      (failure.again === 'as-it-is' && blamed.some(({ task }) => task.tries >= MOST_TRIES));
    if (isFinal)
      for (const { task } of blamed) notBuilt.set(task.key, failedOrRetry(state, task, failure));
    return { notBuilt, isApart: failure.again === 'apart' };
  } finally {
    await Promise.all(prepared.map(({ staging }) => staging.release()));
  }
}

/** What is needed before docker can build an image, and all that can go wrong with it. */
async function prepare(
  state: RunState,
  task: BuildTask,
  stagingSlot: LimitFunction,
): Promise<Prepared | NotBuilt> {
  const { resolved, services, policy } = task.image;
  const { ref, build } = resolved;
  if (build === null) throw new Error(`${task.key} has no build`);
  if (!policy.offline) {
    const login = await services.logins.ensureForBuild(build);
    if (!login.ok) {
      const failure = registryProblem(`a registry that ${ref} may be built from`, login);
      return failedOrRetry(state, task, failure, login);
    }
  }
  const caches = await cachesOf(task.image);
  // Docker answers while files are copied.
  const staged = stagingSlot(() => services.stager.stage(resolved));
  const fit = await fitParents(task.image).catch(async (error: unknown) => {
    await released(staged);
    throw error;
  });
  const staging = await staged;
  if ('message' in staging) return notStaged(resolved, staging);
  if (fit !== CALLED_OFF && !('code' in fit))
    return { is: 'prepared', task, resolved: fit, staging, caches };
  await released(staged);
  return fit === CALLED_OFF ? { is: 'called-off' } : { is: 'failed', failure: fit };
}

async function released(staged: Promise<Staging | StagingFailure>): Promise<void> {
  const staging = await staged;
  if ('release' in staging) await staging.release();
}

function notStaged(resolved: ResolvedImage, { moved, message }: StagingFailure): NotBuilt {
  return moved
    ? { is: 'moved', failure: inputsMoved(resolved, message) }
    : { is: 'failed', failure: stagingProblem(resolved, message) };
}

/** In the order of the group, those whose parents are either built already or among them. */
function withTheirParents(group: readonly BuildTask[], prepared: readonly Prepared[]): Prepared[] {
  const keys = new Set(group.map(({ key }) => key));
  const ready = new Map<string, Prepared>();
  for (const { key, parents } of group) {
    const own = prepared.find(({ task }) => task.key === key);
    const isWhole = [...parents].every((parent) => !keys.has(parent) || ready.has(parent));
    if (own !== undefined && isWhole) ready.set(key, own);
  }
  return [...ready.values()];
}

/** Null: all of them are built. */
async function buildPrepared(
  state: RunState,
  ready: readonly Prepared[],
  onBuilt: (task: BuildTask) => void,
): Promise<BuildFailed | null> {
  const { services, request } = state;
  if (ready.length === 0) return null;
  for (const { task, resolved } of ready) await note(services, resolved, task);
  const tasks = new Map(ready.map(({ task }) => [task.key, task]));
  const kept: Promise<void>[] = [];
  // BuildKit begins with an image once those are built that it is built on.
  const tellStarted = () => {
    for (const task of tasks.values()) {
      if (![...task.parents].some((key) => tasks.has(key))) beginBuild(state, task);
    }
  };
  const ended = (key: string) => {
    const task = tasks.get(key);
    if (task === undefined) return;
    tasks.delete(key);
    // A child may be exported before its parent is.
    beginBuild(state, task);
    endBuild(state, task, 'done');
    const { build } = task.image.resolved;
    if (build !== null) kept.push(services.archive.keep(task.image.resolved, build));
    onBuilt(task);
    tellStarted();
  };
  tellStarted();
  const outcome = await services.docker.build({
    builds: ready.map(requestOf),
    offline: request.policy.offline,
    onBuilt: ended,
    onNote: (text) => services.emit({ type: 'note', text }),
    onLog: (key, line) =>
      services.emit({
        type: 'step-log',
        // What is of no one image is shown with the first.
        image: key ?? ready[0]?.task.key ?? '',
        step: 'build',
        line,
      }),
  });
  await Promise.all(kept);
  if (!outcome.ok) return outcome;
  for (const { task, resolved } of ready) {
    for (const id of outcome.ids.get(task.key) ?? [])
      await services.labels.remember(id, resolved.hash);
    ended(task.key);
  }
  return null;
}

/**
 * Noted before the build gives the image its name: a run that is killed in between must not leave an image
 * that nobody pushes.
 */
async function note(
  { pendingPushes }: RunServices,
  resolved: ResolvedImage,
  task: BuildTask,
): Promise<void> {
  const { hash, image } = resolved;
  task.tries += 1;
  if (hash === null) return;
  for (const home of pushableHomes(resolved)) await pendingPushes.owe(home.ref, hash);
  await oweTags(pendingPushes, image, hash);
  await oweTest(pendingPushes, resolved, hash);
}

function requestOf({ task, resolved, staging, caches }: Prepared): BuildRequest {
  const { build } = resolved;
  if (build === null) throw new Error(`${task.key} has no build`);
  const names = namesGiven(resolved);
  return { key: task.key, build, names, staged: staging.staged, caches };
}
