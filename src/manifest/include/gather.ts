import { dirname, join, relative } from 'node:path';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Place } from '../../model/source.ts';
import { decodeSource } from '../decode.ts';
import { readFileAt } from '../files.ts';
import { type FoundManifest, manifestsIn } from '../find.ts';
import type { Variables } from '../interpolation/variables.ts';
import type { ManifestFile } from '../read.ts';
import { unusable } from '../unusable.ts';
import type { Parse } from '../yaml/kept-tree.ts';
import { findIncluded } from './find-files.ts';
import { readIncludes } from './read-includes.ts';

/** Where a manifest is: its absolute path, and how that is shown. */
type ManifestPlace = Pick<FoundManifest, 'path' | 'shown'>;

/** The variables of the manifest at a place. */
export type VariablesOf = (place: ManifestPlace) => Promise<Variables>;

interface GatheredManifests {
  readonly files: readonly ManifestFile[];
  /** The folders that further ones may come to be in. */
  readonly folders: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What it takes to read manifests. */
interface Reading {
  readonly cwd: string;
  readonly parse: Parse;
  readonly variablesOf: VariablesOf;
}

/** A manifest and all that it includes, directly or not: itself first, each once. */
export async function gatherManifests(
  root: ManifestFile,
  { cwd, parse, variablesOf }: Reading,
): Promise<GatheredManifests> {
  const files = [root];
  const folders = new Set<string>();
  const known = new Set([root.path]);
  const diagnostics: Diagnostic[] = [];
  for (const file of files) {
    const folder = dirname(file.path);
    const includes = readIncludes(file.source, folder, file.variables, parse) ?? [];
    const found = await findIncluded(includes, folder);
    diagnostics.push(...found.diagnostics);
    for (const each of found.folders) folders.add(each);
    for (const path of found.paths) {
      if (known.has(path)) continue;
      known.add(path);
      const shown = relative(cwd, path);
      const place = includes.find(({ text }) => join(folder, text) === path)?.place;
      const read = await readFileOf({ path, shown }, variablesOf, place);
      if ('source' in read) files.push(read);
      else diagnostics.push(read);
    }
  }
  return { files, folders: [...folders], diagnostics };
}

async function readFileOf(
  place: ManifestPlace,
  variablesOf: VariablesOf,
  includedAt: Place | undefined,
): Promise<ManifestFile | Diagnostic> {
  const { path, shown } = place;
  const content = readFileAt(path);
  if (content.is !== 'file') {
    const diagnostic = unusable('manifest', shown, content);
    return includedAt === undefined ? diagnostic : { ...diagnostic, place: includedAt };
  }
  const source = decodeSource(shown, content.bytes);
  return 'text' in source ? { source, path, variables: await variablesOf(place) } : source;
}

/**
 * The manifest that a manifest belongs to: of those in the folders above, the one that includes it, and the one that
 * includes that; else itself. So one image has one reference, from wherever it is asked for.
 */
export async function findRoot(found: FoundManifest, reading: Reading): Promise<FoundManifest> {
  let root = found;
  for (let folder = dirname(found.path); folder !== dirname(folder); ) {
    folder = dirname(folder);
    for (const { path, content } of manifestsIn(folder)) {
      const above = { path, content, shown: relative(reading.cwd, path) };
      if (await includes(above, root.path, reading)) root = above;
    }
  }
  return root;
}

async function includes(above: FoundManifest, path: string, reading: Reading): Promise<boolean> {
  if (above.content.is !== 'file') return false;
  const source = decodeSource(above.shown, above.content.bytes);
  if (!('text' in source) || !/\binclude\b/.test(source.text)) return false;
  const variables = await reading.variablesOf(above);
  const own = readIncludes(source, dirname(above.path), variables, reading.parse);
  // One that is no YAML, and includes others: it is told what is wrong with it.
  if (own === null) return /^include *:/m.test(source.text);
  const { files } = await gatherManifests({ source, path: above.path, variables }, reading);
  return files.some((file) => file.path === path);
}
