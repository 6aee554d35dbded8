import type { Image } from '../model/manifest.ts';
import { formatPlace } from '../model/source.ts';

/** A line for each parent that no manifest lists: which line of a Dockerfile makes it one. */
export function foundParents(images: Iterable<Image>): string[] {
  return [...images].flatMap(({ key, build }) =>
    (build?.parents ?? []).flatMap(({ key: parent, place, foundIn }) =>
      foundIn === undefined
        ? []
        : `note: \`${key}\` is built on \`${parent}\`: \`${foundIn}\` names it (${formatPlace(place)})`,
    ),
  );
}
