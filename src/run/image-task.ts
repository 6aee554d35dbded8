import type { Diagnostic } from '../model/diagnostic.ts';
import type { Decision, Facts, RegistryAnswer, RunPolicy } from '../model/plan.ts';
import type { ResolvedHome, ResolvedImage } from '../model/resolved.ts';
import { decide } from '../plan/decide.ts';
import { look } from './local-state.ts';
import type { RunServices, StepControl } from './step-runner.ts';

/** What it takes to carry out a decision about one image. */
export interface ImageTask {
  readonly resolved: ResolvedImage;
  readonly policy: RunPolicy;
  /** The platform that it is to be pulled for; null: docker chooses. */
  readonly platform: () => string | null;
  /** Its parents. */
  readonly parents: readonly ResolvedImage[];
  /** The ONBUILDs of an image that nobody ensures; null where it is not on this machine. */
  readonly onBuildOf: (ref: string) => Promise<readonly string[] | null>;
  /** What was known when the decision was made. */
  readonly facts: Facts;
  readonly services: RunServices;
  readonly control: StepControl;
  /** Tells of something doubtful, once. */
  readonly warn: (warning: Diagnostic) => void;
}

export type Decided<Action extends Decision['action']> = Extract<Decision, { action: Action }>;

/** The facts where another run may have made the image ready since this one looked. */
export async function lookAgain({ facts, resolved, services }: ImageTask): Promise<Facts> {
  const { id, otherName, builtFrom, untested } = await services.slot(() =>
    look(resolved, services),
  );
  const meanwhile = id !== null && (!facts.local || builtFrom !== facts.builtFrom);
  return { ...facts, local: id !== null, otherName, builtFrom, untested, meanwhile };
}

/** The facts with a registry's answer, for which it was logged in to. */
export function knowing(
  { facts, services }: ImageTask,
  { registry, ref }: ResolvedHome,
  answer: RegistryAnswer,
): Facts {
  const loggedIn = services.logins.isLoggedIn(registry);
  return { ...facts, answers: new Map([...facts.answers, [ref, { answer, loggedIn }]]) };
}

/** Whether a registry's answer leaves no way to go on. */
export function isFatal(task: ImageTask, home: ResolvedHome, answer: RegistryAnswer): boolean {
  return decide(task.resolved, task.policy, knowing(task, home, answer)).action === 'fail';
}

/**
 * Does the work while no other run on this machine works on the same reference. `isChanged`: another run
 * did, since this one looked.
 */
export async function exclusively<T>(
  { resolved, services }: ImageTask,
  work: (isChanged: boolean) => Promise<T>,
): Promise<T> {
  const { ref, image } = resolved;
  const lock = await services.locks.take(ref, (pid) =>
    services.emit({ type: 'image-waiting', image: image.key, ref, pid }),
  );
  try {
    return await work(lock.isChanged);
  } finally {
    await lock.release();
  }
}
