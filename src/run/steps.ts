import type { Transfer } from '../docker/port.ts';
import type { StepResult } from '../model/event.ts';
import type { Failure, RegistryError } from '../model/failure.ts';
import type { ProbeAnswer, RegistryAnswer } from '../model/plan.ts';
import type { ResolvedBuild, ResolvedImage } from '../model/resolved.ts';
import type { Staging, StagingFailure } from '../model/staging.ts';
import { registryProblem } from '../plan/failures.ts';
import { oweTags } from './owed-tags.ts';
import {
  type CALLED_OFF,
  performStep,
  type RunServices,
  type StepControl,
  type StepOutcome,
} from './step-runner.ts';

/** What a step came to; null: it succeeded. */
export type Problem = Failure | null;

/** Asks a registry for a reference without pulling it. */
export function probeImage(
  services: RunServices,
  { image }: ResolvedImage,
  ref: string,
  order: StepControl,
  isFatal: (answer: RegistryAnswer) => boolean,
): Promise<ProbeAnswer | typeof CALLED_OFF> {
  const names = { image: image.key, step: 'probe' as const, ref, registry: image.registry };
  return performStep(services, names, order, async (timeoutMs) => {
    const login = await services.logins.ensure(image.registry);
    return answered(
      login.ok ? await services.docker.probe(ref, timeoutMs) : unanswered(login),
      isFatal,
    );
  });
}

/** Pulls an image under the name that its registry has it by. No platform: docker chooses. */
export function pullImage(
  services: RunServices,
  { image }: ResolvedImage,
  { ref, platform }: { ref: string; platform: string | null },
  order: StepControl,
  isFatal: (answer: RegistryAnswer) => boolean,
): Promise<RegistryAnswer | typeof CALLED_OFF> {
  const names = { image: image.key, step: 'pull' as const, ref, registry: image.registry };
  return performStep(services, names, order, async (timeoutMs) => {
    const login = await services.logins.ensure(image.registry);
    return answered(
      login.ok ? await services.docker.pull(ref, platform, timeoutMs) : unanswered(login),
      isFatal,
    );
  });
}

function answered<T extends RegistryAnswer>(
  answer: T,
  isFatal: (answer: RegistryAnswer) => boolean,
): StepOutcome<T> {
  const registryError: RegistryError | null = isTrouble(answer) ? answer : null;
  return { value: answer, result: resultOf(answer, isFatal), registryError };
}

function isTrouble(answer: RegistryAnswer): answer is { is: 'unknown' } & RegistryError {
  return answer.is === 'unknown';
}

function resultOf(
  answer: RegistryAnswer,
  isFatal: (answer: RegistryAnswer) => boolean,
): StepResult {
  if (answer.is === 'absent') return 'not-found';
  if (isFatal(answer)) return 'failed';
  return answer.is === 'present' ? 'done' : 'unclear';
}

function unanswered(login: Extract<Transfer, { ok: false }>): { is: 'unknown' } & RegistryError {
  const { ok, kept, mayBeAbsent, ...registryError } = login;
  return { is: 'unknown', ...registryError };
}

/** Gives an image a second name where that is another one. */
export async function nameLocally(
  { docker }: Pick<RunServices, 'docker'>,
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

export interface BuildOptions {
  readonly offline: boolean;
  /** Where it is to be pushed, now or by a later run. */
  readonly owedTo: string | null;
}

/**
 * Builds an image. Its final tag is set last: after the build succeeded, and after its inputs were
 * seen not to have moved meanwhile.
 */
export function buildImage(
  services: RunServices,
  resolved: ResolvedImage,
  order: StepControl,
  options: BuildOptions,
): Promise<Problem | typeof CALLED_OFF> {
  const { image, ref, build } = resolved;
  if (build === null) throw new Error(`${image.key} has no build`);
  const names = { image: image.key, step: 'build' as const, ref, registry: null };
  return performStep(services, names, order, async () => {
    const login = options.offline ? LOGGED_IN : await services.logins.ensureForBuild(build);
    if (!login.ok) {
      return failed(registryProblem(`a registry that ${ref} may be built from`, login), login);
    }
    const staging = await services.stager.stage(resolved);
    if ('message' in staging) return failed(stagingProblem(resolved, staging));
    try {
      return await buildStaged(services, resolved, build, staging, options);
    } finally {
      await staging.release();
    }
  });
}

const LOGGED_IN: Transfer = { ok: true };

async function buildStaged(
  { docker, emit, pendingPushes }: RunServices,
  resolved: ResolvedImage,
  build: ResolvedBuild,
  staging: Staging,
  { offline, owedTo }: BuildOptions,
): Promise<StepOutcome<Problem>> {
  const image = resolved.image.key;
  const onLog = (line: string) => emit({ type: 'step-log', image, step: 'build', line });
  const outcome = await docker.build({ build, staged: staging.staged, offline, onLog });
  if (!outcome.ok) {
    const { message, log, advice, registryError = null } = outcome;
    return failed(
      { code: 'build-failed', message, log, ...(advice === undefined ? {} : { advice }) },
      registryError,
    );
  }
  const moved = await staging.moved();
  if (moved !== null) return failed(inputsChanged(resolved, moved));
  // Noted first: a run that is killed in between must not leave an image that nobody pushes.
  if (owedTo !== null) await pendingPushes.owe(owedTo, outcome.id);
  await oweTags(pendingPushes, resolved.image, outcome.id);
  const problem = await nameLocally({ docker }, outcome.id, resolved.ref);
  return problem === null ? { value: null, result: 'done', registryError: null } : failed(problem);
}

function failed(
  failure: Failure,
  registryError: RegistryError | null = null,
): StepOutcome<Failure> {
  return { value: failure, result: 'failed', registryError };
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
