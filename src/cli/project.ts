import type { ImageGraph } from '../graph/graph.ts';
import type { Conditions } from '../inputs/conditions.ts';
import { completeManifest } from '../inputs/find-parents.ts';
import { resolveImages } from '../inputs/resolve.ts';
import { createTracking } from '../inputs/tracked.ts';
import { allNames, chooseNamed } from '../manifest/choose-images.ts';
import { loadManifest } from '../manifest/load.ts';
import { type Diagnostic, errorsIn, hasErrors } from '../model/diagnostic.ts';
import type { Git } from '../model/git.ts';
import type { Manifest } from '../model/manifest.ts';
import { tellImages } from '../model/matrix-images.ts';
import { nearest } from '../model/nearest.ts';
import { machinePlatform } from '../model/platform.ts';
import type { ResolvedImage } from '../model/resolved.ts';
import { withoutSkipped } from '../model/skipped.ts';
import type { Redact } from '../report/redact.ts';
import { gitOf } from './ask-git.ts';
import { type Context, UsageError } from './context.ts';
import { keptHashes } from './kept-hashes.ts';
import { keptParses } from './kept-parses.ts';
import { clockOf, type GlobalOptions, platformOf } from './options.ts';
import { ownFiles } from './own-files.ts';
import { formatFindings } from './run-report.ts';

/** A good manifest and what the command line says about reading it. */
export interface Project {
  readonly manifest: Manifest;
  readonly graph: ImageGraph;
  readonly conditions: Conditions;
  /** The folders that git was asked about, by now. */
  readonly askedGit: ReadonlySet<string>;
  readonly redact: Redact;
  /** What is doubtful in the manifest itself. */
  readonly warnings: readonly Diagnostic[];
  /** Prints diagnostics to stderr. */
  readonly report: (diagnostics: readonly Diagnostic[]) => void;
  /** Prints the warnings that `report` has kept until now. */
  readonly showWarnings: () => void;
}

/**
 * Reads the manifest that the options name; null where it has errors, which are printed. `show` picks
 * what else is: a command that only answers a question keeps warnings to itself, and one that may have
 * nothing to do keeps them until it asks for them with `showWarnings`. `inFull` shows every place. `wanted`: the images
 * by their names that the command is about, if not all; parents are found for these, and what they are built on.
 */
export async function loadProject(
  options: GlobalOptions,
  context: Context,
  show: 'all' | 'errors' | 'when-asked' = 'all',
  inFull = options.debug === true,
  wanted: readonly string[] = [],
): Promise<Project | null> {
  const askedGit = new Set<string>();
  const ask = gitOf(context, options.debug === true);
  const git: Git = (folder, argv) => {
    askedGit.add(folder);
    return ask(folder, argv);
  };
  const loaded = await loadManifest({
    file: options.file ?? null,
    envFiles: options.envFile ?? [],
    cwd: context.cwd,
    env: context.env,
    git,
    parses: keptParses(context),
  });
  const { redact } = context.mask;
  for (const secret of loaded.manifest?.secrets ?? []) context.mask.add(secret);
  const print = (diagnostics: readonly Diagnostic[]) =>
    context.err(redact(formatFindings(diagnostics, options, context, inFull)));
  const held: Diagnostic[] = [];
  const report = (found: readonly Diagnostic[]) => {
    const diagnostics = tellImages(found, loaded.manifest?.entries ?? new Map());
    // Where something is wrong nothing is done, so that this is the time for all of it.
    if (show === 'all' || (show === 'when-asked' && hasErrors(diagnostics)))
      print([...held.splice(0), ...diagnostics]);
    else {
      print(errorsIn(diagnostics));
      held.push(...diagnostics.filter(({ severity }) => severity === 'warning'));
    }
  };
  const showWarnings = () => print(held.splice(0));
  const reported = (found: readonly Diagnostic[]) => {
    const diagnostics = withoutSkipped(found, loaded.manifest?.images ?? new Map());
    report(diagnostics);
    return diagnostics;
  };
  if (loaded.manifest === null || hasErrors(loaded.diagnostics)) {
    reported(loaded.diagnostics);
    return null;
  }
  const conditions = {
    now: clockOf(options, context),
    platform: platformOf(options, context),
    machine: machinePlatform(context.architecture),
    own: ownFiles(loaded.manifest, options.envFile ?? [], context),
    tracking: createTracking(git),
    hashes: keptHashes(loaded.manifest, context),
    dockerfiles: new Map(),
  };
  const { manifest, graph, diagnostics } = await completeManifest(
    loaded.manifest,
    conditions,
    wanted.length === 0 ? undefined : chooseNamed(wanted, loaded.manifest).keys,
  );
  const warnings = reported([...loaded.diagnostics, ...diagnostics]);
  if (graph === null || hasErrors(warnings)) return null;
  return { manifest, graph, conditions, askedGit, redact, warnings, report, showWarnings };
}

/**
 * The images that the command line names, by their keys, entries, groups or globs of keys; no names mean all. Throws
 * `UsageError` for a name that means none.
 */
export function chooseImages({ manifest }: Project, names: readonly string[]): ReadonlySet<string> {
  if (names.length === 0) return new Set(manifest.images.keys());
  const { keys, unknown } = chooseNamed(names, manifest);
  const [first] = unknown;
  if (first === undefined) return keys;
  const known = allNames(manifest).join(', ');
  if (first.isGlob)
    throw new UsageError(`no image matches \`${first.name}\``, `the manifest has: ${known}`);
  throw unknownImage(first.name, first.near, known);
}

/** The key of one image, as the command line names it. Throws `UsageError` where there is none. */
export function chooseImage({ manifest }: Project, name: string): string {
  const { images, entries, groups } = manifest;
  if (images.has(name)) return name;
  const several = entries.get(name) ?? groups.get(name);
  if (several === undefined)
    throw unknownImage(name, nearest(name, images.keys()), [...images.keys()].join(', '));
  throw new UsageError(
    `\`${name}\` is not one image: ${entries.has(name) ? 'it has a matrix' : 'it is a group'}`,
    `name one of these: ${several.join(', ')}`,
  );
}

function unknownImage(name: string, near: string | null, known: string): UsageError {
  return new UsageError(
    `the manifest has no image \`${name}\``,
    near !== null ? `did you mean \`${near}\`?` : `it has: ${known}`,
  );
}

/** One image with its hash and references; null where its files have errors, which are printed. */
export async function loadImage(
  name: string,
  options: GlobalOptions,
  context: Context,
): Promise<ResolvedImage | null> {
  const project = await loadProject(options, context, 'errors', undefined, [name]);
  if (project === null) return null;
  const { manifest, graph, conditions } = project;
  const wanted = chooseImage(project, name);
  const { images, diagnostics } = await resolveImages(manifest, graph, [wanted], conditions);
  project.report(diagnostics);
  return images.get(name) ?? null;
}
