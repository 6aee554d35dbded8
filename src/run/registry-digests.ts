import type { Failure } from '../model/failure.ts';
import { mainHome } from '../model/homes.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { registryProblem } from '../plan/failures.ts';
import type { RunServices } from './step-runner.ts';
import { probeImage } from './steps.ts';

/** What registries have under the references of images now. */
export interface RegistryDigests {
  /** By key: `sha256:…`, of the image manifest or of the index. */
  readonly digests: ReadonlyMap<string, string>;
  /** By key: why there is none. */
  readonly failures: ReadonlyMap<string, Failure>;
}

/** Asks the registry of each image for the digest of its reference. Nothing is pulled. */
export async function readRegistryDigests(
  images: readonly ResolvedImage[],
  services: RunServices,
): Promise<RegistryDigests> {
  const digests = new Map<string, string>();
  const failures = new Map<string, Failure>();
  await Promise.all(
    images.map(async (resolved) => {
      const answer = await digestOf(resolved, services);
      const { key } = resolved.image;
      if (typeof answer === 'string') digests.set(key, answer);
      else failures.set(key, answer);
    }),
  );
  return { digests, failures };
}

const CONTROL = {
  reason: 'its digest is asked for',
  calledOff: () => false,
  failed: () => undefined,
};

async function digestOf(resolved: ResolvedImage, services: RunServices): Promise<string | Failure> {
  const home = mainHome(resolved) ?? resolved.homes[0];
  if (home === undefined) {
    return {
      code: 'not-in-registry',
      message: `${resolved.ref} has no registry, so it has no digest there`,
      advice: 'give it a `registry`, or name the images that have one',
    };
  }
  const { ref } = home;
  const answer = await probeImage(services, {
    resolved,
    home,
    control: CONTROL,
    isFatal: () => true,
  });
  if (typeof answer === 'string')
    throw new Error('a question that nobody calls off was called off');
  if (answer.is === 'present') return answer.digest;
  if (answer.is === 'unknown') return registryProblem(`${ref} has no known digest`, answer);
  return {
    code: 'not-in-registry',
    message: `${ref} is not in the registry, so it has no digest there`,
    advice: 'have it pushed first: `docker-ensure up`',
  };
}
