import type { ImageResult } from '../model/plan.ts';
import { probe } from './actions.ts';
import { allEnded } from './all-ended.ts';
import { changesSinceLastBuilds, withChanges } from './changes.ts';
import { completePlan } from './complete-plan.ts';
import { factsByKey, partsOf } from './ensure-images.ts';
import { plannedResult } from './result.ts';
import { type RunRequest, RunState } from './run-state.ts';
import type { RunServices } from './step-runner.ts';
import { withPlannedTags } from './tags.ts';

/**
 * What a run would do, without doing it: the registries are asked whatever the plan turns on, by probes. A
 * run asks with a pull where that is what has to be done (docs/decisions/0001).
 */
export async function planImages(
  request: RunRequest,
  services: RunServices,
): Promise<ImageResult[]> {
  const state = new RunState({ ...request, keepGoing: true }, silently(services));
  const plans = await allEnded(
    partsOf(request).map(async (part) =>
      completePlan(part, factsByKey(part, request), {
        asks: ({ isOpen }) => isOpen,
        ask: ({ image, decision }, facts) =>
          probe(state.task(image, facts, decision.reason), decision),
      }),
    ),
  );
  const decisions = new Map(plans.flatMap((plan) => [...plan.decisions]));
  const told = withChanges(decisions, await changesSinceLastBuilds(request, services));
  const results = request.graph.order.flatMap((key) => {
    const decision = told.get(key);
    return decision === undefined ? [] : [plannedResult(state.image(key), decision)];
  });
  return withPlannedTags(results, request, silently(services));
}

/** Without the lines that a run shows of what it does. */
function silently(services: RunServices): RunServices {
  const isStep = /^step-(?!retry)/;
  return {
    ...services,
    emit: (event) => {
      if (!isStep.test(event.type)) services.emit(event);
    },
  };
}
