import { checkImages } from './check.ts';
import type { ImageGraph } from './graph/graph.ts';
import type { Conditions } from './inputs/conditions.ts';
import { type Diagnostic, hasErrors } from './model/diagnostic.ts';
import type { Manifest } from './model/manifest.ts';
import type { ImageResult, RunPolicy } from './model/plan.ts';
import { readLocalStates } from './run/local-state.ts';
import { planImages } from './run/look.ts';
import { ensureImages } from './run/scheduler.ts';
import type { RunServices } from './run/step-runner.ts';
import { moveTags } from './run/tags.ts';

/** A manifest that was read and found good, with what is asked of it. */
export interface Request {
  readonly manifest: Manifest;
  readonly graph: ImageGraph;
  /** Keys of the images that were asked for. */
  readonly wanted: ReadonlySet<string>;
  readonly conditions: Conditions;
  readonly policy: RunPolicy;
  readonly keepGoing: boolean;
  readonly dryRun: boolean;
}

/** What `ensure` works with. */
export interface EnsureContext {
  readonly services: RunServices;
  readonly report: (diagnostics: readonly Diagnostic[]) => void;
}

/**
 * The whole product in one function: hashes and references first, then what is here, then what to do
 * about it. Null where the files that the manifest names have errors; they are reported.
 */
export async function ensure(
  request: Request,
  { services, report }: EnsureContext,
): Promise<readonly ImageResult[] | null> {
  const { manifest, graph, wanted, conditions } = request;

  const { images, diagnostics } = await checkImages(manifest, graph, wanted, conditions);
  report(diagnostics);
  if (hasErrors(diagnostics)) return null;

  const here = await readLocalStates([...images.values()], services);
  services.emit({ type: 'run-started', images: [...images.keys()] });
  const run = { ...request, images, here };
  if (request.dryRun) return planImages(run, services);
  return moveTags(await ensureImages(run, services), run, services);
}
