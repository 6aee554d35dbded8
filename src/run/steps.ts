import type { Transfer } from '../docker/port.ts';
import type { StepResult } from '../model/event.ts';
import type { Failure, Trouble } from '../model/failure.ts';
import type { ProbeAnswer, RegistryAnswer } from '../model/plan.ts';
import type { ResolvedBuild, ResolvedImage } from '../model/resolved.ts';
import type { Staging, StagingFailure } from '../model/staging.ts';
import { registryProblem } from '../plan/failures.ts';
import { oweTags } from './owed-tags.ts';
import { type CALLED_OFF, type Came, type Order, performStep, type Tools } from './step.ts';

/** What a step came to; null: it succeeded. */
export type Problem = Failure | null;

/** Asks a registry for a reference without pulling it. */
export function probeImage(
  tools: Tools,
  { image }: ResolvedImage,
  ref: string,
  order: Order,
  isFatal: (answer: RegistryAnswer) => boolean,
): Promise<ProbeAnswer | typeof CALLED_OFF> {
  const names = { image: image.key, step: 'probe' as const, ref, registry: image.registry };
  return performStep(tools, names, order, async (timeoutMs) => {
    const login = await tools.logins.ensure(image.registry);
    return answered(
      login.ok ? await tools.docker.probe(ref, timeoutMs) : unanswered(login),
      isFatal,
    );
  });
}

/** Pulls an image under the name that its registry has it by. No platform: docker chooses. */
export function pullImage(
  tools: Tools,
  { image }: ResolvedImage,
  { ref, platform }: { ref: string; platform: string | null },
  order: Order,
  isFatal: (answer: RegistryAnswer) => boolean,
): Promise<RegistryAnswer | typeof CALLED_OFF> {
  const names = { image: image.key, step: 'pull' as const, ref, registry: image.registry };
  return performStep(tools, names, order, async (timeoutMs) => {
    const login = await tools.logins.ensure(image.registry);
    return answered(
      login.ok ? await tools.docker.pull(ref, platform, timeoutMs) : unanswered(login),
      isFatal,
    );
  });
}

function answered<T extends RegistryAnswer>(
  answer: T,
  isFatal: (answer: RegistryAnswer) => boolean,
): Came<T> {
  const trouble: Trouble | null = isTrouble(answer) ? answer : null;
  return { value: answer, result: resultOf(answer, isFatal), trouble };
}

function isTrouble(answer: RegistryAnswer): answer is { is: 'unknown' } & Trouble {
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

function unanswered(login: Extract<Transfer, { ok: false }>): { is: 'unknown' } & Trouble {
  const { ok, kept, mayBeAbsent, ...trouble } = login;
  return { is: 'unknown', ...trouble };
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
  tools: Tools,
  resolved: ResolvedImage,
  order: Order,
  options: BuildOptions,
): Promise<Problem | typeof CALLED_OFF> {
  const { image, ref, build } = resolved;
  if (build === null) throw new Error(`${image.key} has no build`);
  const names = { image: image.key, step: 'build' as const, ref, registry: null };
  return performStep(tools, names, order, async () => {
    const login = options.offline ? LOGGED_IN : await tools.logins.ensureForBuild(build);
    if (!login.ok) {
      return failed(registryProblem(`a registry that ${ref} may be built from`, login), login);
    }
    const staging = await tools.stager.stage(resolved);
    if ('message' in staging) return failed(stagingProblem(resolved, staging));
    try {
      return await buildStaged(tools, resolved, build, staging, options);
    } finally {
      await staging.release();
    }
  });
}

const LOGGED_IN: Transfer = { ok: true };

async function buildStaged(
  { docker, emit, ledger }: Tools,
  resolved: ResolvedImage,
  build: ResolvedBuild,
  staging: Staging,
  { offline, owedTo }: BuildOptions,
): Promise<Came<Problem>> {
  const image = resolved.image.key;
  const onLog = (line: string) => emit({ type: 'step-log', image, step: 'build', line });
  const outcome = await docker.build({ build, staged: staging.staged, offline, onLog });
  if (!outcome.ok) {
    const { message, log, advice, trouble = null } = outcome;
    return failed(
      { code: 'build-failed', message, log, ...(advice === undefined ? {} : { advice }) },
      trouble,
    );
  }
  const moved = await staging.moved();
  if (moved !== null) return failed(inputsChanged(resolved, moved));
  // Noted first: a run that is killed in between must not leave an image that nobody pushes.
  if (owedTo !== null) await ledger.owe(owedTo, outcome.id);
  await oweTags(ledger, resolved.image, outcome.id);
  const problem = await nameLocally({ docker }, outcome.id, resolved.ref);
  return problem === null ? { value: null, result: 'done', trouble: null } : failed(problem);
}

function failed(failure: Failure, trouble: Trouble | null = null): Came<Failure> {
  return { value: failure, result: 'failed', trouble };
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
