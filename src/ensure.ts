import { runChecks } from './checks/checks.ts';
import type { ImageGraph } from './graph/graph.ts';
import type { Conditions } from './inputs/conditions.ts';
import { type Resolution, resolveImages } from './inputs/resolve.ts';
import { type Diagnostic, hasErrors } from './model/diagnostic.ts';
import type { Manifest } from './model/manifest.ts';
import type { ImageResult, RunPolicy } from './model/plan.ts';
import { withoutSkipped } from './model/skipped.ts';
import { ensureImages, type RunEnd } from './run/ensure-images.ts';
import { findLeftBehind } from './run/left-behind.ts';
import { readLocalStates } from './run/local-state.ts';
import { failMoved, skipMoved } from './run/moved-images.ts';
import { planImages } from './run/plan-images.ts';
import type { RunRequest } from './run/run-state.ts';
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
}

/** What `plan` and `ensure` work with. */
export interface EnsureContext {
  readonly services: RunServices;
  readonly report: (diagnostics: readonly Diagnostic[]) => void;
}

type Results = readonly ImageResult[];

/**
 * What `ensure` would do, as far as can be told without doing it. Null where the files that the manifest
 * names have errors; they are reported.
 */
export async function plan(request: Request, context: EnsureContext): Promise<Results | null> {
  const run = await look(request, context);
  return run === null ? null : planImages(run, context.services);
}

/**
 * The whole product in one function: hashes and references first, then what is here, then what registries
 * have, which makes the plan; then the plan is carried out. Null where the files that the manifest names
 * have errors; they are reported.
 */
export async function ensure(request: Request, context: EnsureContext): Promise<Results | null> {
  const { services } = context;
  const run = await look(request, context);
  if (run === null) return null;
  const first = await ensureImages(run, services);
  const whole = await ensureMoved(request, { run, first }, context);
  if (whole === null) return null;
  return moveTags(await findLeftBehind(whole.results, whole.run, services), whole.run, services);
}

/**
 * Ensures the images whose files moved after they were listed. Their files are listed once more, so that
 * they have the hashes of what is there now; nothing of them was built before. Gives the results of both
 * passes, and the run with what is known in the end.
 */
async function ensureMoved(
  request: Request,
  { run, first }: { readonly run: RunRequest; readonly first: RunEnd },
  context: EnsureContext,
): Promise<{ readonly run: RunRequest; readonly results: Results } | null> {
  if (first.moved.size === 0) return { run, results: first.results };
  const { services } = context;
  const keys = [...first.moved.keys()];
  const failed = first.results.find(({ outcome }) => outcome === 'failed');
  if (failed !== undefined && !request.keepGoing) {
    const skipped = skipMoved(first, `not started, since ${failed.image} failed`, run, services);
    return { run, results: joinResults(request.graph, first.results, skipped) };
  }
  const text = `files of ${keys.join(', ')} changed while they were read: they are read again`;
  services.emit({ type: 'note', text });
  // What was said to be in them is not.
  request.conditions.hashes?.distrust();
  request.conditions.dockerfiles?.clear();
  const { force } = request.policy;
  const again = await look(
    {
      ...request,
      wanted: new Set(keys.filter((key) => request.wanted.has(key))),
      policy: { ...request.policy, force: new Set(keys.filter((key) => force.has(key))) },
    },
    context,
  );
  if (again === null) return null;
  const second = await ensureImages(again, services);
  const results = [...second.results, ...failMoved(second, again, services)];
  return {
    run: {
      ...run,
      images: new Map([...run.images, ...again.images]),
      local: new Map([...run.local, ...again.local]),
    },
    results: joinResults(request.graph, first.results, results),
  };
}

/** What was done in the first pass was done, though the second pass may have found it there. */
function joinResults({ order }: ImageGraph, first: Results, second: Results): Results {
  const [one, other] = [first, second].map(
    (results) => new Map(results.map((result) => [result.image, result])),
  );
  return order.flatMap((key) => {
    const [before, after] = [one?.get(key), other?.get(key)];
    const isDone = before?.outcome === 'done' && (after === undefined || after.ref === before.ref);
    return (isDone ? before : (after ?? before)) ?? [];
  });
}

/**
 * The hashes and references of images, with all that is wrong or doubtful about them. Those who only need
 * a reference ask for that alone (`resolveImages`).
 */
export async function resolveAndCheck(
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

/** The first part of both: resolve, check, look. */
async function look(
  request: Request,
  { services, report }: EnsureContext,
): Promise<RunRequest | null> {
  const { manifest, graph, wanted, conditions } = request;
  const { images, diagnostics } = await resolveAndCheck(manifest, graph, wanted, conditions);
  report(diagnostics);
  if (hasErrors(diagnostics)) return null;
  const local = await readLocalStates([...images.values()], services);
  services.emit({ type: 'run-started', images: [...images.keys()] });
  return { ...request, images, local };
}
