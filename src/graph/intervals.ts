import type { Diagnostic } from '../model/diagnostic.ts';
import type { Image } from '../model/manifest.ts';
import type { ImageGraph } from './graph.ts';

/** Intervals that change no tag: neither the image's own nor that of an image built on it. */
export function idleIntervals(images: ReadonlyMap<string, Image>, graph: ImageGraph): Diagnostic[] {
  return [...images.values()].flatMap(({ key, place, build }) => {
    const hashed = () => graph.withDescendants([key]).some((other) => images.get(other)?.withHash);
    if (!build?.interval || hashed()) return [];
    return [
      {
        severity: 'warning' as const,
        code: 'idle-interval',
        message: '`interval` does nothing here: no tag carries the hash that it changes',
        advice: 'add `with_hash: true` to this image, or to one that is built on it',
        place: build.places.get('interval') ?? place,
        image: key,
      },
    ];
  });
}
