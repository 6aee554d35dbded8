import type { ResolvedImage } from '../model/resolved.ts';
import { HASH_LABEL } from '../model/stamp.ts';
import { mayBeStale } from '../plan/plan.ts';
import type { LabelMemory } from './ports.ts';
import type { Tools } from './steps.ts';

/**
 * An image without a hash in its tag stays as it is; that it was built from other inputs than
 * today's is worth a warning. Costs a docker call the first time an image ID is seen.
 */
export async function warnIfStale(
  resolved: ResolvedImage,
  imageId: string,
  labels: LabelMemory,
  { docker, emit }: Pick<Tools, 'docker' | 'emit'>,
): Promise<void> {
  if (!mayBeStale(resolved)) return;
  let builtFrom = await labels.recall(imageId);
  if (builtFrom === undefined) {
    builtFrom = (await docker.labels(imageId))?.[HASH_LABEL] ?? null;
    await labels.remember(imageId, builtFrom);
  }
  if (builtFrom === null || builtFrom === resolved.hash) return;
  const { key } = resolved.image;
  emit({
    type: 'warning',
    warning: {
      severity: 'warning',
      code: 'stale-image',
      image: key,
      message: `${resolved.ref} is here, but it was built from other inputs than today's`,
      advice: `\`docker-ensure up --force ${key}\` builds it anew; \`with_hash: true\` keeps it up to date`,
    },
  });
}
