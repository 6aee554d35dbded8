import type { Failure } from '../model/failure.ts';
import { mainRegistryRef } from '../model/homes.ts';
import type { Decision, ImageResult, RegistryPart } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';

/** What became of a decision. */
export type Ended =
  | { readonly outcome: 'done'; readonly decision: Decision }
  | { readonly outcome: 'failed'; readonly decision: Decision; readonly failure: Failure }
  | { readonly outcome: 'skipped'; readonly decision: Decision; readonly reason: string }
  | Moved;

/** Its files, or those of a parent, moved before anything of it was built. */
export interface Moved {
  readonly outcome: 'moved';
  readonly decision: Decision;
  /** What is to be said of it if that happens again. */
  readonly failure: Failure;
}

export function done(decision: Decision): Ended {
  return { outcome: 'done', decision };
}

export function failed(decision: Decision, failure: Failure): Exclude<Ended, Moved> {
  return { outcome: 'failed', decision, failure };
}

export function skipped(decision: Decision, reason: string): Exclude<Ended, Moved> {
  return { outcome: 'skipped', decision, reason };
}

export function moved(decision: Decision, failure: Failure): Moved {
  return { outcome: 'moved', decision, failure };
}

/** The result of one image, from what was decided and how that ended. */
export function resultOf(
  resolved: ResolvedImage,
  ended: Exclude<Ended, Moved>,
  durationMs: number,
): ImageResult {
  const { decision, outcome } = ended;
  return {
    ...plannedResult(resolved, decision),
    outcome,
    ...(outcome === 'skipped' ? { reason: ended.reason } : {}),
    durationMs: Math.round(durationMs),
    failure: outcome === 'failed' ? ended.failure : null,
  };
}

/** The entry of one image in a plan. A decision to fail is already an outcome. */
export function plannedResult(resolved: ResolvedImage, decision: Decision): ImageResult {
  const fails = decision.action === 'fail';
  const { action } = decision;
  return {
    image: resolved.image.key,
    ref: resolved.ref,
    registryRef: mainRegistryRef(resolved),
    registries: registriesIn(resolved, decision),
    hash: resolved.hash,
    // What could not even be asked for was not begun.
    action: action === 'fail' || action === 'probe' ? 'none' : action,
    test: 'test' in decision && decision.test && resolved.image.tests.length > 0,
    push: 'push' in decision && decision.push.length > 0,
    tag: [],
    reason: fails ? decision.failure.message : decision.reason,
    outcome: fails ? 'failed' : null,
    durationMs: 0,
    failure: fails ? decision.failure : null,
  };
}

/** What each registry has to do with a decision. */
function registriesIn({ homes }: ResolvedImage, decision: Decision): RegistryPart[] {
  return homes.flatMap(({ registry, ref }): RegistryPart[] => {
    if (registry === null) return [];
    const pushes = 'push' in decision ? decision.push : [];
    const delivery = pushes.find(({ to }) => to.ref === ref);
    const isSource = decision.action === 'pull' && decision.home.ref === ref;
    const action =
      delivery === undefined
        ? isSource
          ? 'pull'
          : 'none'
        : delivery.from === null
          ? 'push'
          : 'copy';
    return [{ registry: registry.key, ref, action }];
  });
}
