import type { Image } from '../model/manifest.ts';
import { movingReferencesOf } from '../model/naming.ts';
import type { PendingPushes } from './ports.ts';

/**
 * Further tags that a run has published an image for and has not moved yet, since it failed, was
 * killed, or may not push. The note has the image's hash: what was built before or since has no claim.
 */
export function tagNote(ref: string): string {
  return `tag ${ref}`;
}

export async function oweTags(
  pendingPushes: PendingPushes,
  image: Image,
  hash: string,
): Promise<void> {
  for (const { ref } of movingReferencesOf(image)) await pendingPushes.owe(tagNote(ref), hash);
}

export async function owesTags(
  pendingPushes: PendingPushes,
  image: Image,
  hash: string,
): Promise<boolean> {
  for (const { ref } of movingReferencesOf(image)) {
    if (await pendingPushes.owes(tagNote(ref), hash)) return true;
  }
  return false;
}
