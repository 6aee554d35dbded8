import { allEnded } from './all-ended.ts';
import { type BuildTask, heldBack } from './build-task.ts';
import { settleTest } from './owed-tests.ts';
import { type Ended, failed } from './result.ts';
import { testImage } from './test-image.ts';

/**
 * Tests an image that was built. Null: it has passed, and so have all that it is built on; else how it ends.
 *
 * `proofs`: by key, the same of the others that this run builds.
 */
export async function unfitToPublish(
  { image, decision, parents }: BuildTask,
  proofs: ReadonlyMap<string, Promise<Ended | null>>,
): Promise<Ended | null> {
  const known = [...parents].map(async (key) => ({ key, unfit: (await proofs.get(key)) ?? null }));
  const [failure, ...ofParents] = await allEnded([testImage(image), ...known]);
  if (failure !== null) return failed(decision, failure);
  for (const { key, unfit } of ofParents) if (unfit !== null) return heldBack(decision, key, unfit);
  await settleTest(image.services.pendingPushes, image.resolved);
  return null;
}
