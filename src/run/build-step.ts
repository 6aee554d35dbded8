import type { BuildFailed } from '../docker/port.ts';
import type { Failure, RegistryError } from '../model/failure.ts';
import type { BuildTask, NotBuilt } from './build-task.ts';
import type { RunState } from './run-state.ts';

/** The build of an image begins, if it has not begun before. */
export function beginBuild({ services }: RunState, task: BuildTask): void {
  if (task.begunMs !== null) return;
  task.begunMs = services.now();
  const { ref } = task.image.resolved;
  const { reason } = task.decision;
  services.emit({ type: 'step-started', image: task.key, step: 'build', ref, reason });
}

/** The build of an image has ended, if it has begun. */
export function endBuild({ services }: RunState, task: BuildTask, result: 'done' | 'failed'): void {
  if (task.begunMs === null) return;
  const { ref } = task.image.resolved;
  const durationMs = Math.round(services.now() - task.begunMs);
  services.emit({ type: 'step-done', image: task.key, step: 'build', ref, durationMs, result });
}

/** What a failed build comes to: one for which a registry is to blame may be tried again. */
export function failedOrRetry(
  state: RunState,
  task: BuildTask,
  failure: BuildFailed | Failure,
  registryError: RegistryError | null = 'ok' in failure ? (failure.registryError ?? null) : null,
): NotBuilt {
  const { registries, now, emit } = state.services;
  const { ref } = task.image.resolved;
  const tries = Math.max(1, task.tries);
  const elapsedMs = task.begunMs === null ? 0 : now() - task.begunMs;
  const delayMs = registries.retryIn(null, ref, { registryError, tries, elapsedMs });
  if (delayMs !== null && registryError !== null) {
    const attempts = registries.attempts(null);
    const names = { image: task.key, step: 'build' as const, ref };
    emit({ type: 'step-retry', ...names, registryError, attempt: tries + 1, attempts, delayMs });
    return { is: 'to-retry', delayMs };
  }
  endBuild(state, task, 'failed');
  return { is: 'failed', failure: 'code' in failure ? failure : buildFailure(failure) };
}

function buildFailure({ message, log, advice }: BuildFailed): Failure {
  return { code: 'build-failed', message, log, ...(advice === undefined ? {} : { advice }) };
}
