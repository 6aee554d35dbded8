import type { Failure } from '../model/failure.ts';
import type { Decision, Facts, RunPolicy } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { decide } from './decide.ts';

/** What is to be planned. */
export interface PlanRequest {
  /** The keys of the images that it may concern, parents first. */
  readonly order: readonly string[];
  readonly images: ReadonlyMap<string, ResolvedImage>;
  /** The images that were asked for; parents are ensured only where a child must be built. */
  readonly wanted: ReadonlySet<string>;
  readonly policy: RunPolicy;
}

/** What was found out, by key. */
export interface Findings {
  readonly facts: ReadonlyMap<string, Facts>;
  /** Images that could not be had when they were fetched. */
  readonly failures: ReadonlyMap<string, Failure>;
}

/** What a run does: a decision for every image that it looks at, parents first. */
export interface Plan {
  readonly decisions: ReadonlyMap<string, Decision>;
  /** What a registry must be asked before the plan is complete, parents first. */
  readonly questions: readonly Question[];
}

export interface Question {
  readonly image: string;
  readonly decision: Extract<Decision, { action: 'pull' | 'probe' }>;
  /** False where the registry has said that it has the image: pulling it asks nothing new. */
  readonly isOpen: boolean;
}

/** The plan for the wanted images. Pure: it asks nothing, it says what there is to ask. */
export function makePlan(
  { order, images, wanted, policy }: PlanRequest,
  { facts, failures }: Findings,
): Plan {
  const decisions = new Map<string, Decision>();
  const questions: Question[] = [];
  /** For each parent of an image that must be built, that image. */
  const neededBy = new Map<string, string>();

  // Children before parents: whether a parent is needed depends on its children alone.
  for (const key of [...order].reverse()) {
    const resolved = images.get(key);
    const known = facts.get(key);
    const neededFor = neededBy.get(key) ?? null;
    if (resolved === undefined || (neededFor === null && !wanted.has(key))) continue;
    if (known === undefined) throw new Error(`image ${key} was not looked for`);
    const failure = failures.get(key);
    const decision =
      failure === undefined
        ? decideFor(wanted.has(key), resolved, policy, { ...known, neededFor })
        : { action: 'fail' as const, failure };
    decisions.set(key, decision);
    if (decision.action === 'pull' || decision.action === 'probe')
      questions.push({ image: key, decision, isOpen: !known.answers.has(decision.home.ref) });
    if (needsParents(decision)) {
      for (const parent of resolved.build?.parents ?? []) neededBy.set(parent.key, key);
    }
  }
  const ordered = order.flatMap((key): [string, Decision][] => {
    const decision = decisions.get(key);
    return decision === undefined ? [] : [[key, decision]];
  });
  return { decisions: new Map(ordered), questions: questions.reverse() };
}

/** An image is built, and tested, after those that it is built on. */
function needsParents(decision: Decision): boolean {
  return decision.action === 'build' || (decision.action === 'none' && decision.test);
}

/** What was asked for is ensured as such first; a child may then need more of it. */
function decideFor(
  wanted: boolean,
  resolved: ResolvedImage,
  policy: RunPolicy,
  facts: Facts,
): Decision {
  const asked = wanted ? decide(resolved, policy, { ...facts, neededFor: null }) : null;
  return asked === null || asked.action === 'none' ? decide(resolved, policy, facts) : asked;
}
