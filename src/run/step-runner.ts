import type { LimitFunction } from 'p-limit';
import type { Docker, RegistryApi } from '../docker/port.ts';
import type { Locks } from '../machine/locks.ts';
import type { EventSink, Step, StepResult } from '../model/event.ts';
import type { RegistryError } from '../model/failure.ts';
import type { Registry } from '../model/registry.ts';
import type { Logins } from './logins.ts';
import type { Archive, Changes, LabelMemory, PassedTests, PendingPushes, Stager } from './ports.ts';
import type { Registries } from './registries.ts';

/** What performing a step needs. */
export interface RunServices {
  readonly docker: Docker;
  readonly registryApi: RegistryApi;
  readonly stager: Stager;
  readonly pendingPushes: PendingPushes;
  readonly passedTests: PassedTests;
  readonly labels: LabelMemory;
  readonly archive: Archive;
  readonly changes: Changes;
  readonly logins: Logins;
  readonly registries: Registries;
  /** Holds a slot for the time of one docker command: for those that are no step. */
  readonly slot: LimitFunction;
  /** How many images BuildKit is given to build at the same time. */
  readonly buildsAtOnce: number;
  readonly locks: Locks;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  /** Waits so many milliseconds; throws where the run is aborted meanwhile. */
  readonly wait: (ms: number) => Promise<void>;
  readonly emit: EventSink;
}

/** A step, and the registry that it has to do with. */
export interface StepNames {
  readonly image: string;
  readonly step: Step;
  readonly ref: string;
  readonly registry: Registry | null;
  /** The image has more than one: then it is said which. */
  readonly isOneOfSeveral?: boolean;
}

/** Why a step is to be done, and whether it still is: a step may wait long for its slot. */
export interface StepControl {
  readonly reason: string;
  readonly calledOff: () => boolean;
  /** Told at once when the step fails, so that no other one takes over its slot. */
  readonly failed: () => void;
}

export const CALLED_OFF = 'called off';

/** What one try of a step came to. */
export interface StepOutcome<T> {
  readonly value: T;
  readonly result: StepResult;
  /** Set where a registry is to blame: it may be worth another try. */
  readonly registryError: RegistryError | null;
}

/**
 * Performs a step: waits for a slot, tries, and tries again as long as what went wrong may pass. Its
 * start, its end and each further try are reported. No slot is held while it waits for the next one.
 * A probe is a request to a registry, and takes a slot by itself where docker must be asked.
 */
export async function performStep<T>(
  services: Pick<RunServices, 'registries' | 'now' | 'wait' | 'emit'>,
  { registry, isOneOfSeveral = false, ...step }: StepNames,
  control: StepControl,
  attempt: (timeoutMs: number) => Promise<StepOutcome<T>>,
): Promise<T | typeof CALLED_OFF> {
  const { registries, now, emit } = services;
  const names = { ...step, ...(isOneOfSeveral && registry ? { registry: registry.key } : {}) };
  const withPlace = names.step === 'probe' ? registries.withRequest : registries.withSlot;
  let start = 0;
  for (let tries = 1; ; tries += 1) {
    const ended = await withPlace(registry, async () => {
      if (tries === 1) {
        if (control.calledOff()) return CALLED_OFF;
        start = now();
        emit({ type: 'step-started', ...names, reason: control.reason });
      }
      const came = await attempt(registries.timeoutMs(registry)).catch((error: unknown) => {
        control.failed();
        throw error;
      });
      const { registryError, result } = came;
      const elapsedMs = now() - start;
      const delayMs = registries.retryIn(registry, names.ref, { registryError, tries, elapsedMs });
      if (delayMs === null || registryError === null) {
        if (result === 'failed') control.failed();
        emit({ type: 'step-done', ...names, durationMs: Math.round(elapsedMs), result });
        return { value: came.value };
      }
      const attempts = registries.attempts(registry);
      emit({ type: 'step-retry', ...names, registryError, attempt: tries + 1, attempts, delayMs });
      return { delayMs };
    });
    if (ended === CALLED_OFF) return CALLED_OFF;
    if ('value' in ended) return ended.value;
    await services.wait(ended.delayMs);
  }
}
