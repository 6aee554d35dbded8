import type { RegistryError, RegistryFault } from '../model/failure.ts';

/** How often what may pass is tried again, where neither the manifest nor the command line says. */
export const DEFAULT_RETRIES = 3;

/** After so many milliseconds no further try is begun: the bound on the whole. */
export const LONGEST_MS = 5 * 60 * 1000;

const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 30_000;

/** A registry that counts requests is not helped by more of them. */
const SLOWER: Partial<Record<RegistryFault, number>> = { 'rate-limited': 4 };

export interface Tried {
  readonly registryError: RegistryError;
  /** How many tries there were, this one included. */
  readonly tries: number;
  readonly retries: number;
  /** Milliseconds since the first of them began. */
  readonly elapsedMs: number;
  /** Has the server ever answered in this run? One that has and is gone may come back. */
  readonly answered: boolean;
}

/**
 * Milliseconds to wait before another try; null where there is to be none. Each wait is twice the one
 * before, less up to half of it by chance, so that runs which failed together don't return together.
 */
export function delayBeforeRetry(tried: Tried, random: () => number): number | null {
  const { registryError, tries, retries, elapsedMs, answered } = tried;
  const mayPass =
    registryError.retryable === 'yes' || (registryError.retryable === 'perhaps' && answered);
  if (!mayPass || tries > retries) return null;
  const longest = FIRST_DELAY_MS * (SLOWER[registryError.fault] ?? 1) * 2 ** (tries - 1);
  const delay = Math.min(longest, LONGEST_DELAY_MS) * (1 - random() / 2);
  return elapsedMs + delay > LONGEST_MS ? null : Math.round(delay);
}
