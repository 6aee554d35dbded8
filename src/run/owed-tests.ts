import type { ResolvedImage } from '../model/resolved.ts';
import type { PendingPushes } from './ports.ts';

/**
 * An image that was built here and has not passed its test, or is built on one that has not. The note has its hash: what
 * was pulled, or built from other inputs, is not meant.
 */
export function testNote(ref: string): string {
  return `test ${ref}`;
}

/** Written before a build names the image, so that it is known if we are killed. */
export async function oweTest(
  pendingPushes: PendingPushes,
  { ref, isTested }: ResolvedImage,
  hash: string,
): Promise<void> {
  if (isTested) await pendingPushes.owe(testNote(ref), hash);
}

/** The image is fit to be published. */
export async function settleTest(
  pendingPushes: PendingPushes,
  { ref, isTested }: ResolvedImage,
): Promise<void> {
  if (isTested) await pendingPushes.settle(testNote(ref));
}
