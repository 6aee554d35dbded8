import type { Failure } from '../model/failure.ts';
import type { ImageTest } from '../model/manifest.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import type { ImageTask } from './image-task.ts';
import { performStep, type RunServices, type StepOutcome } from './step-runner.ts';

/**
 * Runs the tests of an image that is here, one after the other, as far as it has not passed them already; never called
 * off, since what was begun is finished. Null: it has passed all.
 */
export async function testImage(task: ImageTask): Promise<Failure | null> {
  const { resolved, services, control } = task;
  const { key, tests } = resolved.image;
  if (tests.length === 0) return null;
  const id = await idOf(services, resolved);
  if (id === null) return gone(resolved);
  const due: ImageTest[] = [];
  for (const test of tests)
    if (!isRepeatable(test) || !(await services.passedTests.has(id, test))) due.push(test);
  if (due.length === 0) return null;
  const reason = due.map(({ command }) => command.join(' ')).join('; ');
  const always = { ...control, reason, calledOff: () => false };
  const names = { image: key, step: 'test' as const, ref: resolved.ref, registry: null };
  const came = await performStep(services, names, always, async () =>
    runAll(task, id, due).then(outcomeOf),
  );
  if (typeof came === 'string') throw new Error('a test is never called off');
  return came;
}

async function runAll(
  { resolved, services }: ImageTask,
  image: string,
  tests: readonly ImageTest[],
): Promise<Failure | null> {
  const { docker, emit, passedTests } = services;
  const { key } = resolved.image;
  const [platform = null, ...others] = resolved.build?.platforms ?? [];
  for (const test of tests) {
    const outcome = await docker.runTest({
      image,
      test,
      // Of several, docker takes the engine's own.
      platform: others.length > 0 ? null : platform,
      onLog: (line) => emit({ type: 'step-log', image: key, step: 'test', line }),
    });
    if (!outcome.ok) {
      const { ok, ...told } = outcome;
      return { code: 'test-failed', ...told };
    }
    if (isRepeatable(test)) await passedTests.remember(image, test);
  }
  return null;
}

function outcomeOf(failure: Failure | null): StepOutcome<Failure | null> {
  return { value: failure, result: failure === null ? 'done' : 'failed', registryError: null };
}

/** What a test comes to where nothing but the image decides it need not be found out again. */
function isRepeatable({ mounts, network, isGivenFromOutside }: ImageTest): boolean {
  return mounts.length === 0 && network === 'none' && !isGivenFromOutside;
}

async function idOf({ slot, docker }: RunServices, { ref }: ResolvedImage): Promise<string | null> {
  return (await slot(() => docker.findLocal([ref]))).get(ref) ?? null;
}

function gone({ ref }: ResolvedImage): Failure {
  return {
    code: 'test-failed',
    message: `${ref} could not be tested: somebody has removed it since it was built`,
    advice: 'run again: it is built anew',
  };
}
