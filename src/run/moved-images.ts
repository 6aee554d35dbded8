import type { ImageResult } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import type { RunEnd } from './ensure-images.ts';
import { failed, type Moved, resultOf, skipped } from './result.ts';
import type { RunRequest } from './run-state.ts';
import type { RunServices } from './step-runner.ts';

/** Fails images whose files moved again while they were read once more: they are not built. */
export function failMoved(
  end: RunEnd,
  run: Pick<RunRequest, 'images'>,
  { emit }: Pick<RunServices, 'emit'>,
): ImageResult[] {
  return movedImages(end, run).map(({ resolved, moved: { decision, failure } }) => {
    emit({ type: 'image-failed', image: resolved.image.key, failure });
    return resultOf(resolved, failed(decision, failure), 0);
  });
}

/** Skips images whose files moved, where the run does not go on. */
export function skipMoved(
  end: RunEnd,
  reason: string,
  run: Pick<RunRequest, 'images'>,
  { emit }: Pick<RunServices, 'emit'>,
): ImageResult[] {
  return movedImages(end, run).map(({ resolved, moved: { decision } }) => {
    emit({ type: 'image-skipped', image: resolved.image.key, reason });
    return resultOf(resolved, skipped(decision, reason), 0);
  });
}

function movedImages(
  { moved }: RunEnd,
  { images }: Pick<RunRequest, 'images'>,
): { readonly resolved: ResolvedImage; readonly moved: Moved }[] {
  return [...moved].flatMap(([key, each]) => {
    const resolved = images.get(key);
    return resolved === undefined ? [] : [{ resolved, moved: each }];
  });
}
