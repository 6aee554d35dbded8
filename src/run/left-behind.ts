import type { Failure } from '../model/failure.ts';
import type { ImageResult } from '../model/plan.ts';
import { leftBehind } from '../plan/failures.ts';
import type { RunRequest } from './run-state.ts';
import type { RunServices } from './step-runner.ts';

/**
 * A last look, without reading, at the files of what was built. Where they are not what they were, the
 * images stay, under the names that say what they are; but the names of the project's new state are not
 * there, so the run has failed.
 */
export async function findLeftBehind(
  results: readonly ImageResult[],
  { images }: Pick<RunRequest, 'images'>,
  services: RunServices,
): Promise<ImageResult[]> {
  const behind = new Map<string, Failure>();
  const seen: ImageResult[] = [];
  // Parents come first, so that what is built on one that is left behind is known to be so, too.
  for (const result of results) {
    const resolved = images.get(result.image);
    const isBuilt = result.action === 'build' && result.outcome === 'done';
    if (!isBuilt || resolved === undefined) {
      seen.push(result);
      continue;
    }
    const parent = resolved.build?.parents.find(({ key }) => behind.has(key));
    const own = await services.stager.moved(resolved);
    const what = own ?? (parent === undefined ? null : `its parent ${parent.key} was left behind`);
    const failure = what === null ? null : leftBehind(resolved, what);
    if (failure !== null) {
      behind.set(result.image, failure);
      services.emit({ type: 'image-failed', image: result.image, failure });
    }
    seen.push(failure === null ? result : { ...result, outcome: 'failed', failure });
  }
  return seen;
}
