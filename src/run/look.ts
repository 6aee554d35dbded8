import type { ImageResult, RegistryAnswer } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { makePlan } from '../plan/plan.ts';
import { allEnded } from './all-ended.ts';
import { factsOf } from './local-state.ts';
import { plannedResult } from './result.ts';
import type { RunRequest } from './scheduler.ts';
import type { RunServices } from './step-runner.ts';
import { probeImage } from './steps.ts';
import { withPlannedTags } from './tags.ts';

/**
 * What a run would do, without doing it: the registries are asked whatever the plan turns on, until it
 * leaves no question open.
 */
export async function planImages(
  request: RunRequest,
  services: RunServices,
): Promise<ImageResult[]> {
  const { graph, images, wanted, policy, here } = request;
  const answers = new Map<string, RegistryAnswer>();
  const facts = ({ image }: ResolvedImage) => {
    const known = here.get(image.key);
    if (known === undefined) throw new Error(`image ${image.key} was not looked for`);
    return { ...factsOf(known), loggedIn: services.logins.isLoggedIn(image.registry) };
  };
  for (;;) {
    const knowledge = { facts, registry: answers };
    const { decisions, questions } = makePlan(graph, images, wanted, policy, knowledge);
    if (questions.length === 0) {
      const results = [...decisions].flatMap(([key, decision]) => {
        const resolved = images.get(key);
        return resolved === undefined ? [] : [plannedResult(resolved, decision)];
      });
      return withPlannedTags(results, request, silently(services));
    }
    await allEnded(
      questions.map(async ({ image, ref }) => {
        const resolved = images.get(image);
        if (resolved !== undefined) answers.set(image, await ask(services, resolved, ref));
      }),
    );
  }
}

/** A probe with all its patience, and without the lines that a run would show. */
async function ask(
  services: RunServices,
  resolved: ResolvedImage,
  ref: string,
): Promise<RegistryAnswer> {
  const order = { reason: '', calledOff: () => false, failed: () => undefined };
  const answer = await probeImage(silently(services), resolved, ref, order, () => false);
  if (typeof answer === 'string') throw new Error('a question is never called off');
  return answer;
}

function silently(services: RunServices): RunServices {
  const isStep = /^step-(?!retry)/;
  return {
    ...services,
    emit: (event) => {
      if (!isStep.test(event.type)) services.emit(event);
    },
  };
}
