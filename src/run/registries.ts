import pLimit, { type LimitFunction } from 'p-limit';
import type { RegistryError } from '../model/failure.ts';
import { parseReference } from '../model/reference.ts';
import { DEFAULT_LIMITS, type Registry } from '../model/registry.ts';
import { DEFAULT_RETRIES, delayBeforeRetry } from './retries.ts';

/** How a run deals with its registries: how many commands at once, how long, how often. */
export interface Registries {
  /** Holds a place at the registry, and a slot of the run, for the time of one docker command. */
  withSlot<T>(registry: Registry | null, work: () => Promise<T>): Promise<T>;
  /** Holds a place at the registry for one request, and no slot. */
  withRequest<T>(registry: Registry | null, work: () => Promise<T>): Promise<T>;
  timeoutMs(registry: Registry | null): number;
  /** How many tries a step has. */
  attempts(registry: Registry | null): number;
  /** Told of each try: milliseconds to wait before another one; null for none. */
  retryIn(
    registry: Registry | null,
    ref: string,
    tried: {
      readonly registryError: RegistryError | null;
      readonly tries: number;
      readonly elapsedMs: number;
    },
  ): number | null;
  /** How often something was tried again so far. */
  readonly retries: number;
}

/** Requests to one registry at once: they wait for it, and compute next to nothing. */
const MOST_REQUESTS = 32;

export interface RegistriesOptions {
  /** Holds a slot for the time of one docker command. */
  readonly slot: LimitFunction;
  /** `--retries`; null: as each registry says. */
  readonly retries: number | null;
  /** From 0 to 1. */
  readonly random: () => number;
}

export function createRegistries({ slot, retries, random }: RegistriesOptions): Registries {
  const places = new Map<string, LimitFunction>();
  const requests = new Map<string | null, LimitFunction>();
  const answered = new Set<string>();
  let count = 0;
  const retriesOf = (registry: Registry | null) =>
    retries ?? registry?.limits.retries ?? DEFAULT_RETRIES;

  const placesAt = (registry: Registry | null): LimitFunction | null => {
    const most = registry?.limits.maxConcurrent ?? null;
    if (registry === null || most === null) return null;
    const known = places.get(registry.key) ?? pLimit(most);
    places.set(registry.key, known);
    return known;
  };

  return {
    async withSlot(registry, work) {
      const place = placesAt(registry);
      // Nobody waits for a place with a slot in his hand.
      return place === null ? slot(work) : place(() => slot(work));
    },
    async withRequest(registry, work) {
      const key = registry?.key ?? null;
      const most = Math.min(registry?.limits.maxConcurrent ?? MOST_REQUESTS, MOST_REQUESTS);
      const known = requests.get(key) ?? pLimit(most);
      requests.set(key, known);
      return known(work);
    },
    timeoutMs: (registry) => registry?.limits.timeoutMs ?? DEFAULT_LIMITS.timeoutMs,
    attempts: (registry) => retriesOf(registry) + 1,
    retryIn(registry, ref, { registryError, tries, elapsedMs }) {
      const server = registry?.server ?? parseReference(ref)?.server ?? ref;
      if (isAnswer(registryError)) answered.add(server);
      if (registryError === null) return null;
      const tried = { registryError, tries, elapsedMs, retries: retriesOf(registry) };
      const delay = delayBeforeRetry({ ...tried, answered: answered.has(server) }, random);
      if (delay !== null) count += 1;
      return delay;
    },
    get retries() {
      return count;
    },
  };
}

/** Somebody was there, even if it was only to hang up. */
function isAnswer(registryError: RegistryError | null): boolean {
  if (registryError === null) return true;
  const { fault, retryable } = registryError;
  return (
    fault !== 'timeout' && fault !== 'tls' && !(fault === 'unreachable' && retryable !== 'yes')
  );
}
