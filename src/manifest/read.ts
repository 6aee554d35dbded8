import { dirname } from 'node:path';
import { buildGraph } from '../graph/build-graph.ts';
import { type Diagnostic, errorsIn } from '../model/diagnostic.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Source } from '../model/source.ts';
import { checkSchema } from './check.ts';
import { Findings } from './findings.ts';
import { interpolateManifest } from './interpolation/interpolate.ts';
import type { Variables } from './interpolation/variables.ts';
import { readGroups } from './sections/groups.ts';
import { readImages } from './sections/images.ts';
import { readRegistries } from './sections/registries.ts';
import { type Entry, entriesOf, type Tree } from './tree.ts';
import { parseYaml } from './yaml/parse.ts';

/** A manifest as far as it could be understood. */
export interface ReadManifest {
  /** Null where nothing could be. To be used only if no diagnostic is an error. */
  readonly manifest: Manifest | null;
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the text of the manifest at an absolute path. Every mistake in it is a diagnostic, and all
 * are found in one go: what is wrong is left out of the steps that follow.
 */
export function readManifest(source: Source, path: string, variables: Variables): ReadManifest {
  const findings = new Findings();
  const written = parseYaml(source, findings);
  if (written === null) return { manifest: null, diagnostics: findings.list() };
  const root = interpolateManifest(written, variables, findings);
  checkSchema(root, findings);

  const sections = entriesOf(root);
  const section = sections.get('images')?.value;
  const secrets = new Set<string>();
  const registries = readRegistries(sections.get('registries')?.value, { findings, secrets });
  const context = { folder: dirname(path), variables, findings, registries, secrets };
  const { images, broken } = readImages(section, sections.get('defaults')?.value, context);
  // What is doubtful in how images belong together is known once the Dockerfiles were read.
  const wrong = errorsIn(buildGraph(images, broken).diagnostics);

  const entries = new Map<string, readonly string[]>();
  const placeOf = (key: string) => images.get(key)?.place ?? null;
  const groups = readGroups(
    [sections.get('groups')?.value],
    { images, entries, placeOf },
    findings,
  );

  const manifest = {
    path,
    folder: context.folder,
    registries: registries ?? new Map(),
    images,
    entries,
    groups,
    secrets: [...secrets],
  };
  const own = withImages(findings.list(), section);
  return { manifest, diagnostics: inOrder([...own, ...wrong]) };
}

/** Names the images that mistakes are in. Both come in the order of the file. */
function withImages(diagnostics: readonly Diagnostic[], section: Tree | undefined): Diagnostic[] {
  const ends = (entry: Entry) => Math.max(entry.keyPlace.end, entry.value.place.end);
  const images = [...entriesOf(section).values()].sort(
    (a, b) => a.keyPlace.start - b.keyPlace.start,
  );
  let next = 0;
  return diagnostics.map((diagnostic) => {
    const at = diagnostic.place?.start ?? -1;
    while ((images[next + 1]?.keyPlace.start ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    const image = images[next];
    const within = image !== undefined && image.keyPlace.start <= at && at < ends(image);
    return within ? { ...diagnostic, image: image.key } : diagnostic;
  });
}

/** A parent that `defaults` gives to many images is told of once. */
function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const start = ({ place }: Diagnostic) => place?.start ?? 0;
  const unique = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const id = `${start(diagnostic)} ${diagnostic.message}`;
    if (!unique.has(id)) unique.set(id, diagnostic);
  }
  return [...unique.values()].sort((a, b) => start(a) - start(b));
}
