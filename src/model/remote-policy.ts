import type { Image } from './manifest.ts';
import type { RemotePolicy } from './registry.ts';

interface Policied {
  readonly remotePolicy: RemotePolicy;
}

/** May the image be taken from there? */
export function isPulledFrom({ remotePolicy }: Policied): boolean {
  return remotePolicy === 'all' || remotePolicy === 'pull_only';
}

/** May the image be brought there? */
export function isPushedTo({ remotePolicy }: Policied): boolean {
  return remotePolicy === 'all' || remotePolicy === 'push_only';
}

/** Its registries; the image itself where it has none, and only says what may be done with one. */
function places(image: Image): readonly Policied[] {
  return image.homes.length === 0 ? [image] : image.homes;
}

/** Is the image kept from every registry? */
export function isKeptOut(image: Image): boolean {
  return places(image).every(({ remotePolicy }) => remotePolicy === 'none');
}

/** May what belongs to the image be written to a registry? */
export function isPublishable(image: Image): boolean {
  return places(image).some(isPushedTo);
}
