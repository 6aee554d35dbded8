import type { ImageGraph } from '../graph/graph.ts';
import type { Decision, Facts, RegistryAnswer, RunPolicy } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { decide } from './decide.ts';

/** What is known when a plan is made; a plan names what else it would have to know. */
export interface Knowledge {
  /** What is known of an image before any registry was asked, by its key. */
  readonly facts: (resolved: ResolvedImage) => Facts;
  readonly registry: ReadonlyMap<string, RegistryAnswer>;
}

/** What `up` would do: a decision for every image it would look at, parents first. */
export interface Plan {
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Answers of registries that would make the plan more certain. None: the plan is complete. */
  readonly questions: readonly Question[];
}

interface Question {
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
    const neededFor = neededBy.get(key) ?? null;
    if (resolved === undefined || (neededFor === null && !wanted.has(key))) continue;
    const registry = knowledge.registry.get(key) ?? { is: 'unasked' as const };
    const facts = { ...knowledge.facts(resolved), registry, neededFor };
    const decision = decideFor(wanted.has(key), resolved, policy, facts);
    decisions.set(key, decision);
    const asks = decision.action === 'pull' || decision.action === 'probe';
    if (asks && registry.is === 'unasked') questions.push({ image: key, ref: decision.ref });
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
