import type { Failure } from '../model/failure.ts';
import type { Decision, ImageResult } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';

/** What became of a decision. */
export type Ended =
  | { readonly outcome: 'done'; readonly decision: Decision }
  | { readonly outcome: 'failed'; readonly decision: Decision; readonly failure: Failure }
  | { readonly outcome: 'skipped'; readonly decision: Decision; readonly reason: string };

/** Not begun, since something else failed. */
export const SKIPPED = 'skipped';

export function done(decision: Decision): Ended {
  return { outcome: 'done', decision };
}

export function failed(decision: Decision, failure: Failure): Ended {
  return { outcome: 'failed', decision, failure };
}

export function skipped(decision: Decision, reason: string): Ended {
  return { outcome: 'skipped', decision, reason };
}

/** The result of one image, from what was decided and how that ended. */
export function resultOf(resolved: ResolvedImage, ended: Ended, durationMs: number): ImageResult {
  const { decision } = ended;
  return {
    ...plannedResult(resolved, decision),
    outcome: ended.outcome,
    ...(ended.outcome === 'skipped' ? { reason: ended.reason } : {}),
    durationMs: Math.round(durationMs),
    failure: ended.outcome === 'failed' ? ended.failure : null,
  };
}

/** The entry of one image in a plan. A decision to fail is already an outcome. */
export function plannedResult(resolved: ResolvedImage, decision: Decision): ImageResult {
  const fails = decision.action === 'fail';
  const { action } = decision;
  return {
    image: resolved.image.key,
    ref: resolved.ref,
    registryRef: resolved.registryRef,
    hash: resolved.hash,
    // What could not even be asked for was not begun.
    action: action === 'fail' || action === 'probe' ? 'none' : action,
    push: 'push' in decision && decision.push,
    tag: [],
    reason: fails ? decision.failure.message : decision.reason,
    outcome: fails ? 'failed' : null,
    durationMs: 0,
    failure: fails ? decision.failure : null,
  };
}
