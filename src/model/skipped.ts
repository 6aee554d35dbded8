import type { Diagnostic } from './diagnostic.ts';
import type { Image } from './manifest.ts';

/** Leaves out what the image that it concerns is not to be checked for: its `skip_checks`. */
export function withoutSkipped<T extends Diagnostic>(
  diagnostics: readonly T[],
  images: ReadonlyMap<string, Image>,
): T[] {
  return diagnostics.filter(
    ({ image, code }) => !(image !== undefined && images.get(image)?.skipChecks.has(code)),
  );
}
