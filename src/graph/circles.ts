import type { Diagnostic } from '../model/diagnostic.ts';
import type { Image } from '../model/manifest.ts';

/** Circles as mistakes, each at the place where its first image names the next. */
export function circleDiagnostics(
  circles: readonly (readonly string[])[],
  images: ReadonlyMap<string, Image>,
): Diagnostic[] {
  return circles.map((circle) => {
    const [first = '', second = first] = circle;
    const image = images.get(first);
    const place = image?.build?.parents.find(({ key }) => key === second)?.place ?? image?.place;
    return {
      severity: 'error',
      code: 'circle',
      message: `these images are built on each other in a circle: ${[...circle, first].join(' → ')}`,
      advice: 'an arrow leads from an image to its parent: remove one of these parents',
      image: first,
      ...(place === undefined ? {} : { place }),
    };
  });
}
