import type { Image, Require } from '../model/manifest.ts';
import type { Facts, RunPolicy } from '../model/plan.ts';
import type { ResolvedImage } from '../model/resolved.ts';

/** What an image's own policy and that of the run allow, taken together. */

/** The reference to pull the image by, or null where it may not be pulled. */
export function pullReference(resolved: ResolvedImage, policy: RunPolicy): string | null {
  const { remotePolicy } = resolved.image;
  if (policy.offline || !policy.pull) return null;
  if (remotePolicy !== 'all' && remotePolicy !== 'pull_only') return null;
  // Without a registry only an image that cannot be built is looked for, by its own name.
  return resolved.registryRef ?? (resolved.build === null ? resolved.ref : null);
}

/** The reference to push the image by once it is here, or null where it may not be pushed. */
export function pushReference(resolved: ResolvedImage, policy: RunPolicy): string | null {
  return mayPublish(resolved, policy) ? resolved.registryRef : null;
}

/** Whether the run may write to registries what belongs to the image. */
export function mayPublish({ image }: ResolvedImage, policy: RunPolicy): boolean {
  // What is not tested is not published.
  return policy.push && policy.test && !policy.offline && isPushable(image);
}

/** The same whatever the run allows: where it may not be pushed now, a later run may. */
export function pushableReference({ image, registryRef }: ResolvedImage): string | null {
  return isPushable(image) ? registryRef : null;
}

function isPushable({ remotePolicy }: Image): boolean {
  return remotePolicy === 'all' || remotePolicy === 'push_only';
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
  const { image, registryRef } = resolved;
  if (offline || registryRef === null || image.remotePolicy === 'none') return 'local';
  const required = require ?? image.require;
  return required === 'registry' && neededFor !== null ? 'both' : required;
}

/** The name that the image has in its registry; its own where it has none. */
export function registryName({ registryRef, ref }: ResolvedImage): string {
  return registryRef ?? ref;
}
