import { runChecks } from './checks/checks.ts';
import type { ImageGraph } from './graph/graph.ts';
import type { Conditions } from './inputs/conditions.ts';
import { type Resolution, resolveImages } from './inputs/resolve.ts';
import { type Diagnostic, hasErrors } from './model/diagnostic.ts';
import type { Manifest } from './model/manifest.ts';
import type { ImageResult, RunPolicy } from './model/plan.ts';
import { withoutSkipped } from './model/skipped.ts';
import { ensureImages, type RunEnd } from './run/ensure-images.ts';
import { findLeftBehind, stillMoving } from './run/left-behind.ts';
import { readLocalStates } from './run/local-state.ts';
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
  const second = await ensureMoved(request, first, context);
  if (second === null) return null;
  const ended = { ...run, images: second.images ?? run.images };
  const results = inOrder(request.graph, [...first.results, ...second.results]);
  return moveTags(await findLeftBehind(results, ended, services), ended, services);
}

/**
 * Ensures the images whose files moved after they were listed. Their files are listed once more, so that
 * they have the hashes of what is there now; nothing of them was built before.
 */
async function ensureMoved(
  request: Request,
  { results, moved }: RunEnd,
  context: EnsureContext,
): Promise<{ results: Results; images: RunRequest['images'] | null } | null> {
  if (moved.size === 0) return { results: [], images: null };
  const { services } = context;
  const hasFailed = results.some(({ outcome }) => outcome === 'failed');
  const isOver = hasFailed && !request.keepGoing;
  const keys = [...moved.keys()];
  const text = `files of ${keys.join(', ')} changed while they were read: they are read again`;
  if (!isOver) services.emit({ type: 'note', text });
  const { force } = request.policy;
  const again = {
    ...request,
    wanted: new Set(keys.filter((key) => request.wanted.has(key))),
    policy: { ...request.policy, force: new Set(keys.filter((key) => force.has(key))) },
  };
  const run = isOver ? null : await look(again, context);
  if (run === null) return isOver ? { results: [], images: null } : null;
  const end = await ensureImages(run, services);
  return { results: [...end.results, ...stillMoving(end, run, services)], images: run.images };
}

function inOrder({ order }: ImageGraph, results: Results): Results {
  const byKey = new Map(results.map((result) => [result.image, result]));
  return order.flatMap((key) => byKey.get(key) ?? []);
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
