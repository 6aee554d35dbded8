import { runChecks } from './checks/checks.ts';
import type { ImageGraph } from './graph/graph.ts';
import type { Conditions } from './inputs/conditions.ts';
import { type Resolution, resolveImages } from './inputs/resolve.ts';
import type { Manifest } from './model/manifest.ts';
import { withoutSkipped } from './model/skipped.ts';

/**
 * The hashes and references of the images, with all that is wrong or doubtful about them. Those who
 * only need a reference ask for that alone (`resolveImages`).
 */
export async function checkImages(
  manifest: Manifest,
  graph: ImageGraph,
  keys: Iterable<string>,
  conditions: Conditions,
): Promise<Resolution> {
  const resolution = await resolveImages(manifest, graph, keys, conditions);
  const told = new Set(withoutSkipped(resolution.diagnostics, manifest.images));
  // An image that has an error here is not known at all: that is told whatever it skips.
  const diagnostics = resolution.diagnostics.filter(
    (each) => each.severity === 'error' || told.has(each),
  );
  return { ...resolution, diagnostics: [...diagnostics, ...runChecks(manifest, resolution)] };
}
