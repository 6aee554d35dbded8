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
import { entriesOf, type Tree } from './tree.ts';
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
  const diagnostics = findings.list().map((diagnostic) => withImage(diagnostic, section));
  return { manifest, broken, diagnostics };
}

/** Names the image that a mistake is in. */
function withImage(diagnostic: Diagnostic, section: Tree | undefined): Diagnostic {
  const at = diagnostic.place?.start;
  if (at === undefined) return diagnostic;
  for (const { key, keyPlace, value } of entriesOf(section).values()) {
    if (keyPlace.start <= at && at < Math.max(keyPlace.end, value.place.end))
      return { ...diagnostic, image: key };
  }
  return diagnostic;
}
