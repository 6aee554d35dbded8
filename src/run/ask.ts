import type { ProbeAnswer } from '../model/plan.ts';
import type { Registry } from '../model/registry.ts';
import type { RunServices } from './step-runner.ts';

/** What is asked of a registry, and in what time. */
export interface Question {
  readonly ref: string;
  readonly timeoutMs: number;
}

/**
 * Asks a registry for a reference: itself, and docker where its answer is not clear, in a slot and in
 * the time that is left.
 */
export async function askRegistry(
  { registryApi, docker, registries, now }: Pick<RunServices, Needed | 'registries'>,
  registry: Registry | null,
  question: Question,
): Promise<ProbeAnswer> {
  const asked = (left: Question) =>
    registries.withSlot(registry, () => docker.probe(left.ref, left.timeoutMs));
  return ask({ registryApi, now }, question, asked);
}

/** The same for one who holds a slot. */
export async function askInSlot(
  { registryApi, docker, now }: Pick<RunServices, Needed>,
  question: Question,
): Promise<ProbeAnswer> {
  return ask({ registryApi, now }, question, (left) => docker.probe(left.ref, left.timeoutMs));
}

type Needed = 'registryApi' | 'docker' | 'now';

async function ask(
  { registryApi, now }: Pick<RunServices, 'registryApi' | 'now'>,
  { ref, timeoutMs }: Question,
  askDocker: (left: Question) => Promise<ProbeAnswer>,
): Promise<ProbeAnswer> {
  const start = now();
  const clear = await registryApi.ask(ref, timeoutMs);
  return clear ?? askDocker({ ref, timeoutMs: timeoutMs - (now() - start) });
}
