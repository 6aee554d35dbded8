import type { Docker } from '../docker/port.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { HASH_LABEL } from '../model/stamp.ts';
import type { LabelMemory } from './ports.ts';

/**
 * The input hash that an image on this machine says it was built from, or null where it says
 * nothing. Costs a docker call only the first time an image ID is seen.
 */
export async function builtFrom(
  imageId: string,
  memory: LabelMemory,
  docker: Docker,
): Promise<string | null> {
  const known = await memory.recall(imageId);
  if (known !== undefined) return known;
  const hash = (await docker.labels(imageId))?.[HASH_LABEL] ?? null;
  await memory.remember(imageId, hash);
  return hash;
}

/** An image without a hash in its tag stays as it is; that it is not up to date is worth a warning. */
export function staleWarning({ image, ref }: ResolvedImage): Diagnostic {
  return {
    severity: 'warning',
    code: 'stale-image',
    image: image.key,
    message: `${ref} is here, but it was built from other inputs than today's`,
    advice: `\`docker-ensure up --force ${image.key}\` builds it anew; \`with_hash: true\` keeps it up to date`,
  };
}
