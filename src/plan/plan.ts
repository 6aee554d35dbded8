import type { ImageGraph } from '../graph/graph.ts';
import type { Decision, Facts, RegistryAnswer, RunPolicy } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { decide } from './decide.ts';

/** What is known when a plan is made; a plan names what else it would have to know. */
export interface Knowledge {
  /** Images that are on this machine. */
  readonly here: ReadonlySet<string>;
  /** Images that are here and that an earlier run failed to push. */
  readonly owed: ReadonlySet<string>;
  readonly registry: ReadonlyMap<string, RegistryAnswer>;
  /** The input hash that an image which is here says it was built from; null without a label. */
  readonly builtFrom: ReadonlyMap<string, string | null>;
}

/** What `up` would do: a decision for every image it would look at, parents first. */
export interface Plan {
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Answers that would make the plan more certain. None: the plan is complete. */
  readonly questions: readonly Question[];
}

export interface Question {
  readonly about: 'registry' | 'label';
  readonly image: string;
  readonly ref: string;
}

/** The plan for the wanted images. Pure: it asks nothing, it says what it would ask. */
export function makePlan(
  graph: ImageGraph,
  images: ReadonlyMap<string, ResolvedImage>,
  wanted: ReadonlySet<string>,
  policy: RunPolicy,
  knowledge: Knowledge,
): Plan {
  const decisions = new Map<string, Decision>();
  const questions: Question[] = [];
  /** For each parent of an image that must be built, that image. */
  const neededBy = new Map<string, string>();

  // Children before parents: whether a parent is needed depends on its children alone.
  for (const key of [...graph.order].reverse()) {
    const resolved = images.get(key);
    const child = neededBy.get(key);
    if (resolved === undefined || (child === undefined && !wanted.has(key))) continue;
    const facts = factsOf(resolved, child ?? null, knowledge, questions);
    const decision = decide(resolved, policy, facts);
    decisions.set(key, decision);
    if (decision.action === 'pull' && facts.registry.is === 'unasked') {
      questions.push({ about: 'registry', image: key, ref: decision.ref });
    }
    if (decision.action === 'build') {
      for (const parent of resolved.build?.parents ?? []) neededBy.set(parent.key, key);
    }
  }
  const ordered = graph.order.flatMap((key): [string, Decision][] => {
    const decision = decisions.get(key);
    return decision === undefined ? [] : [[key, decision]];
  });
  return { decisions: new Map(ordered), questions };
}

function factsOf(
  resolved: ResolvedImage,
  child: string | null,
  knowledge: Knowledge,
  questions: Question[],
): Facts {
  const { key } = resolved.image;
  const local = knowledge.here.has(key);
  let staleFor: string | null = null;
  if (local && child !== null && mayBeStale(resolved)) {
    const builtFrom = knowledge.builtFrom.get(key);
    if (builtFrom === undefined) questions.push({ about: 'label', image: key, ref: resolved.ref });
    else if (builtFrom !== resolved.hash) staleFor = child;
  }
  return {
    local,
    registry: knowledge.registry.get(key) ?? { is: 'unasked' },
    owed: knowledge.owed.has(key),
    staleFor,
  };
}

/** True for an image that can be here under its tag and yet be built from other inputs. */
export function mayBeStale({ image, build }: ResolvedImage): boolean {
  return build !== null && !image.withHash;
}
