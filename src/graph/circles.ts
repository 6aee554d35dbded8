import type { Diagnostic } from '../model/diagnostic.ts';
import type { Image, ParentKey } from '../model/manifest.ts';
import { formatPlace } from '../model/source.ts';

/** Circles as mistakes, each at the place where its first image names the next. */
export function circleDiagnostics(
  circles: readonly (readonly string[])[],
  images: ReadonlyMap<string, Image>,
): Diagnostic[] {
  return circles.map((circle) => {
    const [first = '', second = first] = circle;
    const image = images.get(first);
    const arrows = circle.map((key, at) => arrowTo(images.get(key), circle[at + 1] ?? first));
    const place = arrowTo(image, second)?.place ?? image?.place;
    const found = arrows.flatMap((arrow) => (arrow?.foundIn === undefined ? [] : arrow));
    return {
      severity: 'error',
      code: 'circle',
      message: `these images are built on each other in a circle: ${[...circle, first].join(' → ')}`,
      advice:
        found.length === 0
          ? 'an arrow leads from an image to its parent: remove one of these parents'
          : adviceOn(found),
      image: first,
      ...(place === undefined ? {} : { place }),
    };
  });
}

function arrowTo(image: Image | undefined, parent: string): ParentKey | undefined {
  return image?.build?.parents.find(({ key }) => key === parent);
}

/** What to do about parents that Dockerfiles name. */
function adviceOn(found: readonly ParentKey[]): string {
  const lines = found.map(
    ({ key, place, foundIn }) => `${formatPlace(place)} (\`${foundIn}\` names \`${key}\`)`,
  );
  return `an arrow leads from an image to its parent, as in ${lines.join(', ')}; where an image from elsewhere is meant, say which: \`additional_contexts: { NAME: docker-image://… }\``;
}
