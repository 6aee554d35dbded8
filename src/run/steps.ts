import type { Transfer } from '../docker/port.ts';
import type { Step, StepResult } from '../model/event.ts';
import type { Failure, RegistryError } from '../model/failure.ts';
import type { ProbeAnswer, RegistryAnswer } from '../model/plan.ts';
import type { ResolvedHome, ResolvedImage } from '../model/resolved.ts';
import { askRegistry } from './ask.ts';
import {
  type CALLED_OFF,
  performStep,
  type RunServices,
  type StepControl,
  type StepNames,
  type StepOutcome,
} from './step-runner.ts';

/** What a step came to; null: it succeeded. */
export type Problem = Failure | null;

/** A question to the registry of an image. */
export interface RegistryQuestion {
  readonly resolved: ResolvedImage;
  readonly home: ResolvedHome;
  readonly control: StepControl;
  /** True for an answer that fails the image. */
  readonly isFatal: (answer: RegistryAnswer) => boolean;
}

/** Asks a registry for a reference without pulling it. */
export function probeImage(
  services: RunServices,
  { resolved, home, control, isFatal }: RegistryQuestion,
): Promise<ProbeAnswer | typeof CALLED_OFF> {
  const { registry, ref } = home;
  const names = stepAt('probe', resolved, home);
  return performStep(services, names, control, async (timeoutMs) => {
    const login = await services.logins.ensure(registry);
    return answered(
      login.ok ? await askRegistry(services, registry, { ref, timeoutMs }) : unanswered(login),
      isFatal,
    );
  });
}

/** Pulls an image under the name that its registry has it by. `platform` null: docker chooses. */
export function pullImage(
  services: RunServices,
  question: RegistryQuestion & { readonly platform: string | null },
): Promise<RegistryAnswer | typeof CALLED_OFF> {
  const { resolved, home, platform, control, isFatal } = question;
  const { registry, ref } = home;
  const names = stepAt('pull', resolved, home);
  return performStep(services, names, control, async (timeoutMs) => {
    const login = await services.logins.ensure(registry);
    return answered(
      login.ok ? await services.docker.pull(ref, platform, timeoutMs) : unanswered(login),
      isFatal,
    );
  });
}

/** The names of a step that has to do with one of the image's registries. */
export function stepAt(
  step: Step,
  { image, homes }: ResolvedImage,
  { registry, ref }: Pick<ResolvedHome, 'registry' | 'ref'>,
): StepNames {
  return { image: image.key, step, ref, registry, isOneOfSeveral: homes.length > 1 };
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
