import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { completeManifest } from '../../src/inputs/find-parents.ts';
import { resolveImages } from '../../src/inputs/resolve.ts';
import { loadManifest } from '../../src/manifest/load.ts';
import { hasErrors } from '../../src/model/diagnostic.ts';
import type { ResolvedImage } from '../../src/model/resolved.ts';
import { plant, type TreeEntry } from './planted.ts';

/** A project as data: all that a hash may depend on, and what it must not. */
export interface Imagined {
  /** What `ensure.yaml` says. Its shape is for the tests to change at will. */
  // biome-ignore lint/suspicious/noExplicitAny: a manifest may be anything
  manifest: any;
  files: Record<string, TreeEntry>;
  env: Record<string, string>;
  /** RFC 3339. */
  at: string;
  platform: string;
}

/** Makes the project in a folder, in the place of what was there, and resolves all of its images. */
export async function resolved(
  folder: string,
  { manifest, files, env, at, platform }: Imagined,
): Promise<ReadonlyMap<string, ResolvedImage>> {
  const project = join(folder, 'project');
  await rm(project, { recursive: true, force: true });
  const text = typeof manifest === 'string' ? manifest : stringify(manifest, { lineWidth: 0 });
  const yaml: TreeEntry = { kind: 'file', bytes: text, mode: 0o644 };
  await plant(project, new Map([...Object.entries(files), ['ensure.yaml', yaml]]));
  const loaded = await loadManifest({ cwd: project, file: null, envFiles: [], env });
  if (loaded.manifest === null || hasErrors(loaded.diagnostics))
    throw new Error(`a manifest with mistakes: ${messages(loaded.diagnostics)}\n${text}`);
  const conditions = { now: Date.parse(at), platform };
  const complete = await completeManifest(loaded.manifest, conditions);
  if (complete.graph === null || hasErrors(complete.diagnostics))
    throw new Error(`a manifest with mistakes: ${messages(complete.diagnostics)}\n${text}`);
  const keys = loaded.manifest.images.keys();
  const { images, diagnostics } = await resolveImages(
    complete.manifest,
    complete.graph,
    keys,
    conditions,
  );
  if (hasErrors(diagnostics)) throw new Error(`files with mistakes: ${messages(diagnostics)}`);
  return images;
}

function messages(diagnostics: readonly { readonly message: string }[]): string {
  return diagnostics.map(({ message }) => message).join('; ');
}
