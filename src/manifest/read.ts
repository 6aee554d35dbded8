import { dirname } from 'node:path';
import { buildGraph } from '../graph/build-graph.ts';
import { type Diagnostic, errorsIn } from '../model/diagnostic.ts';
import type { Image, Manifest } from '../model/manifest.ts';
import { formatPlace, type Source } from '../model/source.ts';
import { checkSchema } from './check.ts';
import { Findings, inOrder } from './findings.ts';
import { interpolateManifest } from './interpolation/interpolate.ts';
import { Answers, type Question } from './interpolation/values.ts';
import type { Variables } from './interpolation/variables.ts';
import { readGroups } from './sections/groups.ts';
import { readImages } from './sections/images.ts';
import { mergeRegistries, readRegistries } from './sections/registries.ts';
import { type Entries, type Entry, entriesOf } from './tree.ts';
import type { Parse } from './yaml/kept-tree.ts';
import { parseYaml } from './yaml/parse.ts';

/** A manifest as far as it could be understood. */
export interface ReadManifest {
  /** Null where nothing could be. To be used only if no diagnostic is an error. */
  readonly manifest: Manifest | null;
  /** In the order of the files. */
  readonly diagnostics: readonly Diagnostic[];
  /** What must be asked before anything else can be said. */
  readonly wanted: readonly Question[];
}

/** A manifest's text, with its absolute path and what `${VAR}` stands for in it. */
export interface ManifestFile {
  readonly source: Source;
  readonly path: string;
  readonly variables: Variables;
}

/** A file after interpolation. */
interface Part {
  readonly file: ManifestFile;
  readonly folder: string;
  readonly sections: Entries;
  /** The images of the entries that have a matrix. */
  readonly entries: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads a manifest and those that it includes, itself first. Every mistake in them is a diagnostic, and all are found in one
 * go: what is wrong is left out of the steps that follow.
 */
export function readManifest(
  files: readonly ManifestFile[],
  answers: Answers = new Answers(),
  parse: Parse = parseYaml,
): ReadManifest {
  const findings = new Findings();
  const parts = files.flatMap((file) => readPart(file, { answers, parse, findings }) ?? []);
  const sources = files.map(({ source }) => source);
  const [root] = files;
  const { wanted } = answers;
  if (wanted.length > 0 || parts.length === 0 || root === undefined)
    return { manifest: null, diagnostics: inOrder(findings.list(), sources), wanted };

  const secrets = new Set<string>();
  const section = mergeRegistries(
    parts.map(({ sections }) => sections.get('registries')?.value),
    findings,
  );
  const registries = readRegistries(section, { findings, secrets });
  const images = new Map<string, Image>();
  const broken = new Set<string>();
  for (const { file, folder, sections } of parts) {
    const context = { folder, variables: file.variables, findings, registries, secrets };
    const read = readImages(
      sections.get('images')?.value,
      sections.get('defaults')?.value,
      context,
    );
    for (const [key, image] of read.images) {
      const other = images.get(key);
      if (other === undefined) images.set(key, image);
      else findings.add(image.place, twice(key, other));
    }
    for (const key of read.broken) broken.add(key);
  }
  // What is doubtful in how images belong together is known once the Dockerfiles were read.
  const wrong = errorsIn(buildGraph(images, broken).diagnostics);
  const entries = new Map(parts.flatMap((part) => [...part.entries]));
  const groups = readGroups(
    parts.map(({ sections }) => sections.get('groups')?.value),
    { images, entries, placeOf: (key) => placeOf(key, parts, images) },
    findings,
  );

  const manifest = {
    path: root.path,
    folder: dirname(root.path),
    files: files.map(({ path }) => path),
    includeFolders: [],
    texts: answers.files,
    git: answers.git,
    registries: registries ?? new Map(),
    images,
    entries,
    groups,
    secrets: [...secrets],
  };
  const apart = new Set([...entries.values()].flat());
  const own = parts.flatMap((part) => withImages(findings.list(), part));
  const others = findings
    .list()
    .filter(({ place }) => !parts.some(({ file }) => place?.source === file.source));
  return {
    manifest,
    diagnostics: inOrder([...others, ...own, ...wrong], sources, apart),
    wanted,
  };
}

/** Null where a file is no YAML. */
function readPart(
  file: ManifestFile,
  { answers, parse, findings }: { answers: Answers; parse: Parse; findings: Findings },
): Part | null {
  const { source, path, variables } = file;
  const written = parse(source, findings);
  if (written === null) return null;
  const folder = dirname(path);
  const values = { variables, answers, folder, matrix: null };
  const { root, entries } = interpolateManifest(written, values, findings);
  if (answers.wanted.length === 0) checkSchema(root, entries, findings);
  return { file, folder, sections: entriesOf(root), entries };
}

function twice(key: string, other: Image) {
  return {
    code: 'duplicate-key',
    message: `\`${key}\` is an image of another manifest too (${formatPlace(other.place)})`,
    advice: 'rename one of the two',
  } as const;
}

/** Where the name of an image or of an entry stands. */
function placeOf(key: string, parts: readonly Part[], images: ReadonlyMap<string, Image>) {
  for (const { entries } of parts) {
    const [first] = entries.get(key) ?? [];
    if (first !== undefined) return images.get(first)?.place ?? null;
  }
  return images.get(key)?.place ?? null;
}

/** Names the images of one file that mistakes are in. They come in the order of the file. */
function withImages(diagnostics: readonly Diagnostic[], { file, sections }: Part): Diagnostic[] {
  const ends = (entry: Entry) => Math.max(entry.keyPlace.end, entry.value.place.end);
  const images = [...entriesOf(sections.get('images')?.value).values()].sort(
    (a, b) => a.keyPlace.start - b.keyPlace.start,
  );
  let next = 0;
  return diagnostics.flatMap((diagnostic) => {
    if (diagnostic.place?.source !== file.source) return [];
    const at = diagnostic.place.start;
    while ((images[next + 1]?.keyPlace.start ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    const image = images[next];
    const within = image !== undefined && image.keyPlace.start <= at && at < ends(image);
    return within ? { image: image.key, ...diagnostic } : diagnostic;
  });
}
