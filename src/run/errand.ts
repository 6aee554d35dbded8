import type { Diagnostic } from '../model/diagnostic.ts';
import type { Decision, Facts, RegistryAnswer, RunPolicy } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { decide } from '../plan/decide.ts';
import { look } from './here.ts';
import type { Order, Tools } from './step.ts';

/** What it takes to carry out a decision about one image. */
export interface Errand {
  readonly resolved: ResolvedImage;
  readonly policy: RunPolicy;
  /** The platform that it is to be pulled for; null: docker chooses. */
  readonly platform: string | null;
  /** Its parents. */
  readonly parents: readonly ResolvedImage[];
  /** The ONBUILDs of an image on this machine that nobody ensures. */
  readonly onBuildOf: (ref: string) => Promise<readonly string[]>;
  /** What was known when the decision was made. */
  readonly facts: Facts;
  readonly tools: Tools;
  readonly order: Order;
  /** Tells of something doubtful, once. */
  readonly warn: (warning: Diagnostic) => void;
}

export type Decided<Action extends Decision['action']> = Extract<Decision, { action: Action }>;

/**
 * The facts after a wait, in which another run may have made the image ready. What the registry said
 * before the wait is then forgotten.
 */
export async function lookAgain(errand: Errand, waited: boolean): Promise<Facts> {
  const { facts, resolved, tools } = errand;
  const { id, unnamed, builtFrom } = await tools.slot(() => look(resolved, tools));
  const registry = waited ? ({ is: 'unasked' } as const) : facts.registry;
  const meanwhile = id !== null && (!facts.local || builtFrom !== facts.builtFrom);
  return { ...facts, registry, local: id !== null, unnamed, builtFrom, meanwhile };
}

/** The facts with a registry's answer, for which it was logged in to. */
export function knowing({ resolved, facts, tools }: Errand, registry: RegistryAnswer): Facts {
  return { ...facts, registry, loggedIn: tools.logins.isLoggedIn(resolved.image.registry) };
}

/** Whether a registry's answer leaves no way to go on. */
export function isFatal(errand: Errand, answer: RegistryAnswer): boolean {
  return decide(errand.resolved, errand.policy, knowing(errand, answer)).action === 'fail';
}

/** Does the work while no other run on this machine works on the same reference. */
export async function exclusively<T>(
  { resolved, tools }: Errand,
  work: (waited: boolean) => Promise<T>,
): Promise<T> {
  const { ref, image } = resolved;
  const lock = await tools.locks.take(ref, (pid) =>
    tools.emit({ type: 'image-waiting', image: image.key, ref, pid }),
  );
  try {
    return await work(lock.waited);
  } finally {
    await lock.release();
  }
}
