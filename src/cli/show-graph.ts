import { resolveImages } from '../inputs/resolve.ts';
import { hasErrors } from '../model/diagnostic.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { formatGraph, type GraphFormat } from '../report/graph.ts';
import type { GraphImage } from '../report/graph-image.ts';
import { readLocalStates } from '../run/local-state.ts';
import { type Context, EXIT, UsageError } from './context.ts';
import { type GlobalOptions, styleOf } from './options.ts';
import { chooseImage, chooseImages, loadProject, type Project } from './project.ts';
import { reporter } from './run-report.ts';
import { withRunSession } from './run-session.ts';

/** The options of `graph`. */
export interface ShowGraphOptions {
  readonly format: GraphFormat;
  readonly status?: boolean;
  readonly why?: boolean;
  /** A key of the manifest. */
  readonly dependents?: string;
}

/** What `graph` does: gives the exit code. */
export async function showGraph(
  names: readonly string[],
  { format, status = false, why = false, dependents }: ShowGraphOptions,
  global: GlobalOptions,
  context: Context,
): Promise<number> {
  if (dependents !== undefined && names.length > 0)
    throw new UsageError(
      'images and --dependents contradict each other',
      'name the images whose parents are wanted, or the one whose dependents are',
    );
  const project = await loadProject(global, context, 'errors');
  if (project === null) return EXIT.usage;
  const { manifest, graph, conditions } = project;
  const dependentsOf = dependents === undefined ? null : chooseImage(project, dependents);
  const shown = new Set(
    dependentsOf === null
      ? graph.withAncestors(chooseImages(project, names))
      : graph.withDescendants([dependentsOf]),
  );
  const resolution = await resolveImages(manifest, graph, shown, conditions);
  project.report(resolution.diagnostics);
  if (hasErrors(resolution.diagnostics)) return EXIT.usage;
  const images = [...manifest.images.keys()].flatMap((key) =>
    shown.has(key) ? (resolution.images.get(key) ?? []) : [],
  );
  const present = status ? await findPresent(images, project, global, context) : null;
  const style = styleOf(global, context, 'out');
  const drawn = images.map((image) => drawnImage(image, present));
  context.out(formatGraph(format, drawn, { style, why, dependentsOf }));
  return EXIT.ok;
}

function drawnImage(
  { image: { key, build: declared }, ref, build }: ResolvedImage,
  present: ReadonlySet<string> | null,
): GraphImage {
  return {
    ...{ key, ref, isPresent: present?.has(key) ?? null },
    parents: (declared?.parents ?? []).map(({ key: parent }) => ({
      key: parent,
      use: build?.parentUses.find((use) => use.parent === parent) ?? null,
    })),
  };
}

/** The keys of the images that are on this machine, by either of their names. */
async function findPresent(
  images: readonly ResolvedImage[],
  project: Project,
  global: GlobalOptions,
  context: Context,
): Promise<ReadonlySet<string>> {
  const emit = reporter({ ...global, quiet: true }, context, project);
  const session = { project, context, emit, jobs: null, retries: null };
  const states = await withRunSession(session, ({ services }) => readLocalStates(images, services));
  return new Set([...states].flatMap(([key, { id }]) => (id === null ? [] : key)));
}
