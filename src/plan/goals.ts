import type { Facts, RunPolicy } from '../model/plan.ts';
import { isPulledFrom } from '../model/remote-policy.ts';
import type { ResolvedHome, ResolvedImage } from '../model/resolved.ts';
import { answerOf, type Search, search } from './answers.ts';
import { homesToPush, pushableHomes } from './run-policy.ts';

/** The registries that an image must be in, by what they answered. */
export interface Goals {
  /** The first that must be asked yet. */
  readonly unasked: ResolvedHome | undefined;
  readonly having: readonly ResolvedHome[];
  readonly lacking: readonly ResolvedHome[];
  readonly unclear: readonly Extract<Search, { is: 'unknown' }>[];
  /** It may be brought to those that lack it, in this run. */
  readonly mayPush: boolean;
}

/** It must be in each that it is pushed to; where there is none of those, in one that it is pulled from. */
export function goalsOf(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Goals {
  const pushable = pushableHomes(resolved);
  const answer = (home: ResolvedHome) => answerOf(resolved, policy, facts, home);
  const mayPush = homesToPush(resolved, policy).length > 0;
  if (pushable.length === 0) {
    const sources = resolved.homes.filter(isPulledFrom);
    const found = search(sources, answer);
    return {
      unasked: found.is === 'unasked' ? found.home : undefined,
      having: found.is === 'found' ? [found.home] : [],
      lacking: found.is === 'absent' ? sources : [],
      unclear: found.is === 'unknown' ? [found] : [],
      mayPush,
    };
  }
  return {
    unasked: pushable.find((home) => answer(home).is === 'unasked'),
    having: pushable.filter((home) => answer(home).is === 'present'),
    lacking: pushable.filter((home) => answer(home).is === 'absent'),
    unclear: pushable.flatMap((home) => {
      const known = answer(home);
      return known.is === 'unknown' ? [{ is: 'unknown' as const, home, answer: known }] : [];
    }),
    mayPush,
  };
}

/** A registry that an image can be copied from, over there: those first that have been asked. */
export function otherSource(resolved: ResolvedImage, policy: RunPolicy, facts: Facts): Search {
  const sources = resolved.homes.filter(isPulledFrom);
  const answer = (home: ResolvedHome) => answerOf(resolved, policy, facts, home);
  const home = sources.find((each) => answer(each).is === 'present');
  return home === undefined ? search(sources, answer) : { is: 'found', home };
}

/** A registry that has what is here, as far as labels tell: a copy leaves it as it is, and is no upload. */
export function sameElsewhere(
  resolved: ResolvedImage,
  policy: RunPolicy,
  facts: Facts,
): ResolvedHome | null {
  const { hash } = resolved;
  const same = resolved.homes.filter(isPulledFrom).find((home) => {
    const known = answerOf(resolved, policy, facts, home);
    return known.is === 'present' && known.hash === hash;
  });
  return hash === null || facts.builtFrom !== hash ? null : (same ?? null);
}
