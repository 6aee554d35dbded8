import { registryHomes } from '../model/homes.ts';
import type { Require } from '../model/manifest.ts';
import type { Facts, RunPolicy } from '../model/plan.ts';
import { isPublishable, isPulledFrom, isPushedTo } from '../model/remote-policy.ts';
import type { ResolvedHome, ResolvedImage } from '../model/resolved.ts';

/** What an image's own policies and that of the run allow, taken together. */

/** Where the image may be pulled from, in the order in which that is tried. */
export function homesToPull({ homes }: ResolvedImage, policy: RunPolicy): readonly ResolvedHome[] {
  return policy.offline || !policy.pull ? [] : homes.filter(isPulledFrom);
}

/** Where the image may be brought. */
export function homesToPush(resolved: ResolvedImage, policy: RunPolicy): readonly ResolvedHome[] {
  return mayPublish(resolved, policy) ? pushableHomes(resolved) : [];
}

/** Whether the run may write to registries what belongs to the image. */
export function mayPublish({ image }: ResolvedImage, policy: RunPolicy): boolean {
  // What is not tested is not published.
  return policy.push && policy.test && !policy.offline && isPublishable(image);
}

/** The same whatever the run allows: where it may not be pushed now, a later run may. */
export function pushableHomes(resolved: ResolvedImage): readonly ResolvedHome[] {
  return registryHomes(resolved).filter(isPushedTo);
}

/**
 * Where the image must end up in this run. No registry is asked for one that has none or may have
 * none, nor offline; and what a child is built on must be here.
 */
export function requiredOf(
  resolved: ResolvedImage,
  { offline, require }: RunPolicy,
  { neededFor }: Facts,
): Require {
  const isAnywhere = registryHomes(resolved).some(({ remotePolicy }) => remotePolicy !== 'none');
  if (offline || !isAnywhere) return 'local';
  const required = require ?? resolved.image.require;
  return required === 'registry' && neededFor !== null ? 'both' : required;
}
