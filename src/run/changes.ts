import type { Decision } from '../model/plan.ts';
import type { RunRequest } from './run-state.ts';
import type { RunServices } from './step-runner.ts';

/** By key, what has changed of the images that are not here since they were built here last, in a few words. */
export async function changesSinceLastBuilds(
  { images, local }: RunRequest,
  { changes }: RunServices,
): Promise<ReadonlyMap<string, string>> {
  const absent = [...images.values()].filter(
    ({ image, build }) => build !== null && (local.get(image.key)?.id ?? null) === null,
  );
  const told = await Promise.all(
    absent.map(async (resolved) => {
      const change = await changes.sinceLastBuild(resolved, images);
      return change === null ? [] : [[resolved.image.key, change] as const];
    }),
  );
  return new Map(told.flat());
}

/** The decisions with these changes in the reasons of builds. */
export function withChanges(
  decisions: ReadonlyMap<string, Decision>,
  changes: ReadonlyMap<string, string>,
): ReadonlyMap<string, Decision> {
  return new Map(
    [...decisions].map(([key, decision]): [string, Decision] => {
      const change = changes.get(key);
      if (decision.action !== 'build' || change === undefined) return [key, decision];
      return [key, { ...decision, reason: `${decision.reason}: ${change}` }];
    }),
  );
}
