import type { Facts, RegistryAnswer, RunPolicy } from '../model/plan.ts';
import type { ResolvedHome, ResolvedImage } from '../model/resolved.ts';
import { homesToPush } from './run-policy.ts';

/** What the registries of an image answered, taken together. */

/** What is known about an image in one of its registries. */
export type KnownAnswer = RegistryAnswer | { readonly is: 'unasked' };
type Unclear = Extract<RegistryAnswer, { is: 'unknown' }>;

/**
 * A registry's answer, as it is to be taken. Docker Hub says "denied" of what does not exist: those
 * words count as absent for one who is logged in and may push it there in this run.
 */
export function answerOf(
  resolved: ResolvedImage,
  policy: RunPolicy,
  { answers }: Facts,
  home: ResolvedHome,
): KnownAnswer {
  const known = answers.get(home.ref);
  if (known === undefined) return { is: 'unasked' };
  const { answer, loggedIn } = known;
  const hidden = answer.is === 'unknown' && answer.mayBeAbsent === true;
  const absent = hidden && loggedIn && homesToPush(resolved, policy).includes(home);
  return absent ? { is: 'absent' } : answer;
}

/** Has one of its registries said that it has the image? */
export function isInARegistry({ answers }: Facts): boolean {
  return [...answers.values()].some(({ answer }) => answer.is === 'present');
}

/** What came of asking registries in their order for the first that has an image. */
export type Search =
  | { readonly is: 'unasked'; readonly home: ResolvedHome }
  | { readonly is: 'found'; readonly home: ResolvedHome }
  /** None is known to have it, and this one, the first of them, could not say. */
  | { readonly is: 'unknown'; readonly home: ResolvedHome; readonly answer: Unclear }
  | { readonly is: 'absent' };

/** The first that has the image. One that cannot say is passed over: another one may have it. */
export function search(
  homes: readonly ResolvedHome[],
  answer: (home: ResolvedHome) => KnownAnswer,
): Search {
  let unclear: Search = { is: 'absent' };
  for (const home of homes) {
    const known = answer(home);
    if (known.is === 'unasked') return { is: 'unasked', home };
    if (known.is === 'present') return { is: 'found', home };
    if (known.is === 'unknown' && unclear.is === 'absent')
      unclear = { is: 'unknown', home, answer: known };
  }
  return unclear;
}
