import type { ImageResult, RegistryAnswer } from '../model/plan.ts';
import { pushReference } from '../plan/decide.ts';
import { type Knowledge, makePlan, type Question } from '../plan/plan.ts';
import { allEnded } from './all-ended.ts';
import { plannedResult } from './result.ts';
import type { RunRequest } from './run.ts';
import { builtFrom as readHash } from './staleness.ts';
import type { Tools } from './steps.ts';

/**
 * What a run would do, without doing it: docker and the registry are asked whatever the plan turns
 * on, until it leaves no question open.
 */
export async function planImages(request: RunRequest, tools: Tools): Promise<ImageResult[]> {
  const { graph, images, wanted, policy } = request;
  const registry = new Map<string, RegistryAnswer>();
  const builtFrom = new Map<string, string | null>();
  const knowledge: Knowledge = { ...(await whatIsHere(request, tools)), registry, builtFrom };
  for (;;) {
    const { decisions, questions } = makePlan(graph, images, wanted, policy, knowledge);
    if (questions.length === 0) {
      return [...decisions].flatMap(([key, decision]) => {
        const resolved = images.get(key);
        return resolved === undefined ? [] : [plannedResult(resolved, decision)];
      });
    }
    await allEnded(
      questions.map(async (question) => {
        if (question.about === 'registry')
          registry.set(question.image, await ask(request, tools, question));
        else {
          // It may be here under its registry's name only.
          const id = localId(request, question.image);
          const hash = id && (await tools.slot(() => readHash(id, request.labels, tools.docker)));
          builtFrom.set(question.image, hash);
        }
      }),
    );
  }
}

function localId({ images, local }: RunRequest, key: string): string | null {
  const { ref, registryRef = null } = images.get(key) ?? {};
  return local.get(ref ?? '') ?? local.get(registryRef ?? '') ?? null;
}

async function whatIsHere(
  { images, local, policy }: RunRequest,
  tools: Tools,
): Promise<Pick<Knowledge, 'here' | 'owed'>> {
  const here = new Set<string>();
  const owed = new Set<string>();
  for (const [key, resolved] of images) {
    const id = local.get(resolved.ref);
    const pushed = pushReference(resolved, policy);
    if (id !== undefined || local.has(resolved.registryRef ?? resolved.ref)) here.add(key);
    if (id !== undefined && pushed !== null && (await tools.ledger.owes(pushed, id))) owed.add(key);
  }
  return { here, owed };
}

async function ask(
  { images }: RunRequest,
  tools: Tools,
  { image, ref }: Question,
): Promise<RegistryAnswer> {
  const login = await tools.logins.ensure(images.get(image)?.image.registry ?? null);
  if (!login.ok) return { is: 'unknown', fault: login.fault, message: login.message };
  return tools.slot(() => tools.docker.probe(ref));
}
