import { type Diagnostic, hasErrors } from '../model/diagnostic.ts';
import type { Image } from '../model/manifest.ts';
import { cachesOfImages } from './caches.ts';
import { circleDiagnostics } from './circles.ts';
import { ImageGraph } from './graph.ts';
import { idleIntervals } from './intervals.ts';
import { duplicateReferences, sharedParentNames } from './names.ts';
import { orderByParents } from './order.ts';
import { resolveParents } from './parents.ts';

export interface BuiltGraph {
  /** Null where the parents make no graph: a circle, or a parent that does not exist. */
  readonly graph: ImageGraph | null;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The graph of a manifest's images, and what is wrong with how they belong together. `broken` are the
 * images that are wrong in themselves: they count as images, but nothing is concluded from what they
 * say of themselves.
 */
export function buildGraph(
  images: ReadonlyMap<string, Image>,
  broken: ReadonlySet<string> = new Set(),
): BuiltGraph {
  const { parents, diagnostics: wrongParents } = resolveParents(images);
  const { order, circles } = orderByParents(parents);
  const sound = new Map([...images].filter(([key]) => !broken.has(key)));
  const errors = [
    ...wrongParents,
    ...circleDiagnostics(circles, images),
    ...duplicateReferences(sound),
    ...cachesOfImages(sound),
    ...sharedParentNames(sound),
  ];
  if (wrongParents.length > 0 || circles.length > 0) return { graph: null, diagnostics: errors };
  const graph = new ImageGraph(new Map(order.map((key) => [key, parents.get(key) ?? []])));
  // A warning about what the images do together, so all of them must be known.
  const warnings = broken.size > 0 || hasErrors(errors) ? [] : idleIntervals(images, graph);
  return { graph, diagnostics: [...errors, ...warnings] };
}
