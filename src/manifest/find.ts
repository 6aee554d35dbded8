import { dirname, join, relative, resolve } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { type FileContent, readFileAt } from './files.ts';

const NAMES = ['ensure.yaml', 'ensure.yml'] as const;

/** A manifest that was found. */
export interface FoundManifest {
  /** Absolute. */
  readonly path: string;
  /** As it is shown: what the user typed, or the way from the current folder. */
  readonly shown: string;
  readonly content: FileContent;
}

/**
 * Finds the manifest: `file` where it is given, else `ensure.yaml` or `ensure.yml` in `cwd`, else in
 * the nearest folder above. Gives a diagnostic where there is none, or two in one folder.
 */
export function findManifest(cwd: string, file: string | null): FoundManifest | Diagnostic {
  if (file !== null) {
    const path = resolve(cwd, file);
    return { path, shown: file, content: readFileAt(path) };
  }
  for (const folder of withParents(resolve(cwd))) {
    const [first, second] = manifestsIn(folder);
    if (first === undefined) continue;
    const found = { ...first, shown: relative(cwd, first.path) };
    return second === undefined ? found : twoManifests(found, relative(cwd, second.path));
  }
  return {
    severity: 'error',
    code: 'no-manifest',
    message: 'there is no ensure.yaml or ensure.yml here, nor in any folder above',
    advice: 'let `docker-ensure init` write a first one, or name another file with --file',
  };
}

/** The manifests in a folder: one, but for a mistake. */
export function manifestsIn(folder: string): { path: string; content: FileContent }[] {
  const paths = NAMES.map((name) => join(folder, name));
  const all = paths.map((path) => ({ path, content: readFileAt(path) }));
  return all.filter(({ content }) => content.is !== 'missing');
}

function twoManifests({ shown }: FoundManifest, other: string): Diagnostic {
  return {
    severity: 'error',
    code: 'two-manifests',
    message: `there are two manifests, ${shown} and ${other}`,
    advice: 'remove one, or name the other with --file',
  };
}

/** A folder and those above it, nearest first. */
function withParents(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...withParents(parent)];
}
