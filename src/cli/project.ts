import type { ImageGraph } from '../graph/graph.ts';
import type { Conditions } from '../inputs/conditions.ts';
import { type Resolution, resolveImages } from '../inputs/resolve.ts';
import { loadManifest } from '../manifest/load.ts';
import { type Diagnostic, hasErrors } from '../model/diagnostic.ts';
import type { Manifest } from '../model/manifest.ts';
import { nearest } from '../model/nearest.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { formatDiagnostics } from '../report/diagnostics.ts';
import { createRedact, type Redact } from '../report/redact.ts';
import { type Context, UsageError } from './context.ts';
import { clockOf, type GlobalOptions, platformOf, styleOf } from './options.ts';

/** A good manifest and what the command line says about reading it. */
export interface Project {
  readonly manifest: Manifest;
  readonly graph: ImageGraph;
  readonly conditions: Conditions;
  readonly redact: Redact;
  /** Prints diagnostics to stderr. */
  readonly report: (diagnostics: readonly Diagnostic[]) => void;
}

/** Reads the manifest that the options name; null where it has errors, which are printed. */
export async function openProject(
  options: GlobalOptions,
  context: Context,
): Promise<Project | null> {
  const style = styleOf(options, context);
  const loaded = await loadManifest({
    file: options.file ?? null,
    envFiles: options.envFile,
    cwd: context.cwd,
    env: context.env,
  });
  const redact = createRedact(loaded.manifest?.secrets ?? []);
  const report = (diagnostics: readonly Diagnostic[]) =>
    context.err(redact(formatDiagnostics(diagnostics, style)));
  const { manifest, graph, diagnostics } = loaded;
  report(diagnostics);
  if (manifest === null || graph === null || hasErrors(diagnostics)) return null;
  const conditions = { now: clockOf(options, context), platform: platformOf(options, context) };
  return { manifest, graph, conditions, redact, report };
}

/** Checks image names from the command line; none means all. Throws `UsageError` for unknown ones. */
export function chooseImages({ manifest }: Project, names: readonly string[]): ReadonlySet<string> {
  const keys = [...manifest.images.keys()];
  const unknown = names.find((name) => !manifest.images.has(name));
  if (unknown === undefined) return new Set(names.length === 0 ? keys : names);
  const near = nearest(unknown, keys);
  throw new UsageError(
    `the manifest has no image \`${unknown}\``,
    near !== null ? `did you mean \`${near}\`?` : `it has: ${keys.join(', ')}`,
  );
}

/** One image with its hash and references; null where its files have errors, which are printed. */
export async function openImage(
  name: string,
  options: GlobalOptions,
  context: Context,
): Promise<ResolvedImage | null> {
  const project = await openProject(options, context);
  if (project === null) return null;
  const resolution = await resolve(project, chooseImages(project, [name]));
  return resolution.images.get(name) ?? null;
}

/** Hashes and references of the images; what is wrong with their files is printed. */
export async function resolve(project: Project, keys: Iterable<string>): Promise<Resolution> {
  const { manifest, graph, conditions } = project;
  const resolution = await resolveImages(manifest, graph, keys, conditions);
  project.report(resolution.diagnostics);
  return resolution;
}
