import { dirname } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Source } from '../model/source.ts';
import { checkSchema } from './check.ts';
import { Findings } from './findings.ts';
import { readImages } from './images.ts';
import { interpolateManifest } from './interpolate.ts';
import { parseYaml } from './parse.ts';
import { readRegistries } from './registries.ts';
import { type Entry, entriesOf, type Tree } from './tree.ts';
import type { Variables } from './variables.ts';

/** A manifest as far as it could be understood. */
export interface ReadManifest {
  /** Null where nothing could be. To be used only if no diagnostic is an error. */
  readonly manifest: Manifest | null;
  /** Images that are wrong in themselves, so that not all that is said of them is known. */
  readonly broken: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the manifest at an absolute path. Every mistake in it is a diagnostic; nothing throws. */
export function readManifest(source: Source, path: string, variables: Variables): ReadManifest {
  const findings = new Findings();
  const written = parseYaml(source, findings);
  if (written === null) return { manifest: null, broken: new Set(), diagnostics: findings.list() };
  const root = interpolateManifest(written, variables, findings);
  checkSchema(root, findings);

  const sections = entriesOf(root);
  const folder = dirname(path);
  const secrets = new Set<string>();
  const registries = readRegistries(entriesOf(sections.get('registries')?.value), {
    findings,
    secrets,
  });
  const context = { folder, variables, findings, registries, secrets };
  const section = sections.get('images')?.value;
  const { images, broken } = readImages(section, sections.get('defaults')?.value, context);
  const manifest: Manifest = { path, folder, registries, images, secrets: [...secrets] };
  return { manifest, broken, diagnostics: withImages(findings.list(), section) };
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
