import type { LimitFunction } from 'p-limit';
import type { Docker, Transfer } from '../docker/port.ts';
import type { EventSink, Step } from '../model/event.ts';
import type { Failure } from '../model/failure.ts';
import type { RegistryAnswer } from '../model/plan.ts';
import type { ResolvedBuild, ResolvedImage } from '../model/resolved.ts';
import type { Staging, StagingFailure } from '../model/staging.ts';
import { FAULT_ADVICE } from '../plan/decide.ts';
import type { Logins } from './logins.ts';
import type { PushLedger, Stager } from './ports.ts';

/** What performing a step needs. */
export interface Tools {
  readonly docker: Docker;
  readonly stager: Stager;
  readonly ledger: PushLedger;
  readonly logins: Logins;
  /** Holds a slot for the time of one docker command. */
  readonly slot: LimitFunction;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  readonly emit: EventSink;
}

/** Why a step is to be done, and whether it still is: a step may wait long for its slot. */
export interface Order {
  readonly reason: string;
  readonly calledOff: () => boolean;
  /** Told at once when the step fails, so that no other one takes over its slot. */
  readonly failed: () => void;
}

export const CALLED_OFF = 'called off';

/** What a step came to; null: it succeeded. */
type Problem = Failure | null;

/** Pulls an image under the name that its registry has it by. */
export async function pullImage(
  tools: Tools,
  resolved: ResolvedImage,
  ref: string,
  order: Order,
): Promise<RegistryAnswer | typeof CALLED_OFF> {
  const { key, registry } = resolved.image;
  // What a hash names was built for a platform; the registry may hold others under that name.
  const platform = resolved.image.withHash ? (resolved.build?.platforms.join(',') ?? null) : null;
  return inSlot(tools, { image: key, step: 'pull', ref }, order, async () => {
    const login = await tools.logins.ensure(registry);
    return login.ok ? tools.docker.pull(ref, platform) : unanswered(login);
  });
}

/** Gives an image a second name where that is another one. */
export async function nameLocally(
  { docker }: Pick<Tools, 'docker'>,
  source: string,
  target: string,
): Promise<Problem> {
  if (source === target) return null;
  const tagged = await docker.tag(source, target);
  if (tagged.ok) return null;
  return {
    code: 'tag-failed',
    message: `${target} could not be made a name of ${source}: ${tagged.message}`,
  };
}

/**
 * Builds an image. Its final tag is set last: after the build succeeded, and after its inputs were
 * seen not to have moved meanwhile.
 */
export async function buildImage(
  tools: Tools,
  resolved: ResolvedImage,
  order: Order,
): Promise<Problem | typeof CALLED_OFF> {
  const { image, ref, build } = resolved;
  if (build === null) throw new Error(`${image.key} has no build`);
  return inSlot(tools, { image: image.key, step: 'build', ref }, order, async () => {
    const login = await tools.logins.ensureForBuild(build);
    if (!login.ok) return registryProblem(`a registry that ${ref} may be built from`, login);
    const staging = await tools.stager.stage(resolved);
    if ('message' in staging) return stagingProblem(resolved, staging);
    try {
      return await buildStaged(tools, resolved, build, staging);
    } finally {
      await staging.release();
    }
  });
}

async function buildStaged(
  { docker, emit }: Tools,
  resolved: ResolvedImage,
  build: ResolvedBuild,
  staging: Staging,
): Promise<Problem> {
  const image = resolved.image.key;
  const onLog = (line: string) => emit({ type: 'step-log', image, step: 'build', line });
  const outcome = await docker.build({ build, staged: staging.staged, onLog });
  if (!outcome.ok) return { code: 'build-failed', message: outcome.message, log: outcome.log };
  const moved = await staging.moved();
  if (moved !== null) return inputsChanged(resolved, moved);
  return nameLocally({ docker }, outcome.id, resolved.ref);
}

/**
 * Pushes an image that is here under its local name; never called off, since what was begun is
 * finished. What could not be pushed stays owed.
 */
export async function pushImage(
  tools: Tools,
  resolved: ResolvedImage,
  ref: string,
  order: Order,
): Promise<Problem> {
  const { key, registry } = resolved.image;
  const id = (await tools.docker.findLocal([resolved.ref])).get(resolved.ref);
  if (id !== undefined) await tools.ledger.owe(ref, id);
  const named = await nameLocally(tools, resolved.ref, ref);
  if (named !== null) return named;
  const always = { ...order, calledOff: () => false };
  const problem = await inSlot(tools, { image: key, step: 'push', ref }, always, async () => {
    const login = await tools.logins.ensure(registry);
    const pushed = login.ok ? await tools.docker.push(ref) : login;
    return pushed.ok ? null : registryProblem(`${ref} is built, but could not be pushed`, pushed);
  });
  if (problem === CALLED_OFF) throw new Error('a push is never called off');
  if (problem === null) await tools.ledger.settle(ref);
  return problem;
}

function unanswered(login: Extract<Transfer, { ok: false }>): RegistryAnswer {
  return { is: 'unknown', fault: login.fault, message: login.message };
}

function registryProblem(
  what: string,
  { fault, message }: Extract<Transfer, { ok: false }>,
): Failure {
  return { code: `registry-${fault}`, message: `${what}: ${message}`, advice: FAULT_ADVICE[fault] };
}

function stagingProblem(resolved: ResolvedImage, { moved, message }: StagingFailure): Failure {
  if (moved) return inputsChanged(resolved, message);
  return {
    code: 'staging-failed',
    message: `the files of ${resolved.ref} could not be laid out for docker: ${message}`,
    advice:
      'see that the cache folder can be written to and has room (DOCKER_ENSURE_CACHE names another)',
  };
}

function inputsChanged({ ref }: ResolvedImage, moved: string): Failure {
  return {
    code: 'inputs-changed',
    message: `${moved} while ${ref} was built, so what was built is not what its hash names`,
    advice: 'run again; if a tool writes into the build directory, leave its files out by `files`',
  };
}

interface StepNames {
  readonly image: string;
  readonly step: Step;
  readonly ref: string;
}

/** Waits for a slot, does the work in it, and reports its start and its end. */
async function inSlot<T extends Problem | RegistryAnswer>(
  { emit, now, slot }: Tools,
  names: StepNames,
  order: Order,
  work: () => Promise<T>,
): Promise<T | typeof CALLED_OFF> {
  return slot(async () => {
    if (order.calledOff()) return CALLED_OFF;
    const start = now();
    emit({ type: 'step-started', ...names, reason: order.reason });
    const came = await work().catch((error: unknown) => {
      order.failed();
      throw error;
    });
    const result = resultOf(came);
    if (result === 'failed') order.failed();
    emit({ type: 'step-done', ...names, durationMs: Math.round(now() - start), result });
    return came;
  });
}

function resultOf(came: Problem | RegistryAnswer): 'done' | 'not-found' | 'failed' {
  if (came === null) return 'done';
  if (!('is' in came)) return 'failed';
  if (came.is === 'present') return 'done';
  return came.is === 'absent' ? 'not-found' : 'failed';
}
