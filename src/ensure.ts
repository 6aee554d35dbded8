import { checkImages } from './check.ts';
import type { ImageGraph } from './graph/graph.ts';
import type { Conditions } from './inputs/conditions.ts';
import { type Diagnostic, hasErrors } from './model/diagnostic.ts';
import type { EventSink } from './model/event.ts';
import type { Manifest } from './model/manifest.ts';
import type { ImageResult, RunPolicy } from './model/plan.ts';
import type { ResolvedImage } from './model/resolved.ts';
import { planImages } from './run/look.ts';
import type { LabelMemory } from './run/ports.ts';
import { ensureImages } from './run/run.ts';
import type { Tools } from './run/steps.ts';

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

/** What `ensure` works with; the run's own tools come last, once docker is known to be needed. */
export interface Hands {
  readonly tools: Tools;
  readonly labels: LabelMemory;
  readonly report: (diagnostics: readonly Diagnostic[]) => void;
  readonly emit: EventSink;
}

/**
 * The whole product in one function: hashes and references first, then what is here, then what to do
 * about it. Null where the files that the manifest names have errors; they are reported.
 */
export async function ensure(
  request: Request,
  hands: Hands,
): Promise<readonly ImageResult[] | null> {
  const { manifest, graph, wanted, conditions } = request;
  const { tools, report, emit } = hands;

  const { images, diagnostics } = await checkImages(manifest, graph, wanted, conditions);
  report(diagnostics);
  if (hasErrors(diagnostics)) return null;

  const local = await tools.docker.findLocal(referencesOf(images));
  emit({ type: 'run-started', images: [...images.keys()] });
  const run = { ...request, images, local, labels: hands.labels };
  return request.dryRun ? planImages(run, tools) : ensureImages(run, tools);
}

/** Every name that an image may be here by. */
function referencesOf(images: ReadonlyMap<string, ResolvedImage>): string[] {
  return [...images.values()].flatMap(({ ref, registryRef }) =>
    registryRef === null || registryRef === ref ? [ref] : [ref, registryRef],
  );
}
