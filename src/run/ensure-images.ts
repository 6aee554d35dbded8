import type { Decision, Facts, ImageResult } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { unreachable } from '../model/unreachable.ts';
import type { PlanRequest, Question } from '../plan/plan.ts';
import { keep, probe, pull } from './actions.ts';
import { allEnded } from './all-ended.ts';
import { BuildQueue } from './build-queue.ts';
import { lacking } from './build-task.ts';
import { changesSinceLastBuilds, withChanges } from './changes.ts';
import { type Answer, type CompletePlan, completePlan } from './complete-plan.ts';
import { factsOf } from './local-state.ts';
import { done, type Ended, failed, type Moved, skipped } from './result.ts';
import { type RunRequest, RunState } from './run-state.ts';
import type { RunServices } from './step-runner.ts';

/** What became of the images of a run. */
export interface RunEnd {
  /** Parents first. */
  readonly results: readonly ImageResult[];
  /** Images whose files moved after they were listed, and those that wait for them: none was begun. */
  readonly moved: ReadonlyMap<string, Moved>;
}

/**
 * Ensures the wanted images. Each connected part of the graph is planned to its end before anything of it
 * is built; parts do not wait for one another. What goes wrong with an image is in its result; throws only
 * where docker cannot be used or the run is aborted, and not before everything that was begun has ended.
 *
 * In a run, a pull is also the question whether the registry has an image (docs/decisions/0001).
 */
export async function ensureImages(request: RunRequest, services: RunServices): Promise<RunEnd> {
  const state = new RunState(request, services);
  const queue = new BuildQueue(state);
  const parts = partsOf(request);
  // Known to all at the same moment: what is built together must come to the queue together.
  const changes = changesSinceLastBuilds(request, services);
  const work = parts.map(async (part) => {
    const plan = await planPart(part, state);
    return perform(
      { ...plan, decisions: withChanges(plan.decisions, await changes) },
      state,
      queue,
    );
  });
  await allEnded(work).finally(() => queue.ended());
  const results = request.graph.order.flatMap((key) => state.results.get(key) ?? []);
  return { results, moved: state.moved };
}

/** What there is to plan, in parts that have nothing to do with one another. */
export function partsOf({ graph, images, wanted, policy }: RunRequest): PlanRequest[] {
  return graph.parts(new Set(images.keys())).flatMap((order) => {
    const own = new Set(order.filter((key) => wanted.has(key)));
    return own.size === 0 ? [] : [{ order, images, wanted: own, policy }];
  });
}

/** What is known of each image of a part before any registry is asked. */
export function factsByKey(
  { order }: PlanRequest,
  { local }: RunRequest,
): ReadonlyMap<string, Facts> {
  const facts = order.map((key) => {
    const state = local.get(key);
    if (state === undefined) throw new Error(`image ${key} was not looked for`);
    return [key, factsOf(state)] as const;
  });
  return new Map(facts);
}

async function planPart(part: PlanRequest, state: RunState): Promise<CompletePlan> {
  return completePlan(part, factsByKey(part, state.request), {
    asks: ({ isOpen, decision }) => isOpen || decision.action === 'pull',
    ask: (question, facts) => ask(question, state, facts),
    onPlan: ({ decisions }) => {
      for (const [key, decision] of decisions) if (decision.action === 'fail') state.fail(key);
    },
  });
}

async function ask({ image, decision }: Question, state: RunState, facts: Facts): Promise<Answer> {
  if (state.isStopped) return { is: 'called-off' };
  state.begin(image);
  const task = state.task(image, facts, decision.reason);
  try {
    return await (decision.action === 'pull' ? pull(task, decision) : probe(task, decision));
  } catch (error) {
    state.fail(image);
    throw error;
  }
}

/** Carries a complete plan out. */
async function perform(plan: CompletePlan, state: RunState, queue: BuildQueue): Promise<void> {
  const ended = new Map<string, Promise<Ended>>();
  for (const key of plan.decisions.keys())
    ended.set(key, performOne(key, plan, { state, queue, ended }));
  await allEnded([...ended.values()]);
}

/** What carrying a plan out works with. */
interface Performance {
  readonly state: RunState;
  readonly queue: BuildQueue;
  /** How each image ends, those before it first. */
  readonly ended: ReadonlyMap<string, Promise<Ended>>;
}

async function performOne(
  key: string,
  { decisions, facts, pulled }: CompletePlan,
  { state, queue, ended }: Performance,
): Promise<Ended> {
  const decision = decisions.get(key);
  const known = facts.get(key);
  if (decision === undefined || known === undefined) throw new Error(`image ${key} has no plan`);
  const resolved = state.image(key);
  state.begin(key);
  switch (decision.action) {
    case 'fail':
      return state.end(resolved, failed(decision, decision.failure));
    case 'pull':
    case 'probe':
      return state.end(resolved, skipped(decision, state.calledOff('started')));
    case 'none': {
      const unfit = decision.test ? await unfitParent(resolved, decision, ended) : null;
      if (unfit !== null) return state.end(resolved, unfit);
      if ((decision.push.length > 0 || decision.test) && state.isStopped)
        return state.end(resolved, skipped(decision, state.calledOff('started')));
      const kept = await keep(state.task(key, known, decision.reason), decision);
      const how = pulled.get(key);
      const isPulled = kept.outcome === 'done' && how !== undefined;
      return state.end(resolved, isPulled ? done(pulledAnd(how, kept.decision)) : kept);
    }
    case 'build': {
      const parents = (resolved.build?.parents ?? []).flatMap((parent) => {
        const end = ended.get(parent.key);
        const isBuilt = decisions.get(parent.key)?.action === 'build';
        return end === undefined ? [] : [{ key: parent.key, end, isBuilt }];
      });
      return queue.add(state.task(key, known, decision.reason), decision, parents);
    }
    default:
      return unreachable(decision);
  }
}

/** What was pulled, and what was then done with it. */
function pulledAnd(how: Question['decision'], kept: Decision): Decision {
  const push = kept.action === 'none' ? kept.push : [];
  return how.action === 'pull' ? { ...how, push } : how;
}

/** How an image ends, which is not tested yet, where one that it is built on has not ended well; null: they all have. */
async function unfitParent(
  { build }: ResolvedImage,
  decision: Decision,
  ended: ReadonlyMap<string, Promise<Ended>>,
): Promise<Ended | null> {
  for (const { key } of build?.parents ?? []) {
    const parent = await ended.get(key);
    if (parent !== undefined && parent.outcome !== 'done') return lacking(decision, key, parent);
  }
  return null;
}
