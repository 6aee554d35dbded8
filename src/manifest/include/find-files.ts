import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import picomatch from 'picomatch';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Include } from './read-includes.ts';

/** What is never looked into for manifests unless it is named. */
const SKIPPED: ReadonlySet<string> = new Set(['.git', 'node_modules']);

export interface FoundManifests {
  /** Absolute. */
  readonly paths: readonly string[];
  /** Absolute paths of the folders that globs begin in: there may be more to find there later. */
  readonly folders: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The files that `include` names, each once: globs in the order of the alphabet, less what a later `!glob` matches. */
export async function findIncluded(
  includes: readonly Include[],
  folder: string,
): Promise<FoundManifests> {
  const paths = new Set<string>();
  const folders = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const { text, place } of includes) {
    if (text.startsWith('!') && !text.startsWith('!(')) {
      const isMatch = picomatch(text.slice(1).replace(/^\.\//, ''), { dot: true });
      for (const path of paths) if (isMatch(relative(folder, path))) paths.delete(path);
      continue;
    }
    if (!picomatch.scan(text).isGlob) {
      paths.add(resolve(folder, text));
      continue;
    }
    folders.add(resolve(folder, picomatch.scan(text).base));
    const found = await glob(text, folder);
    for (const path of found) paths.add(path);
    if (found.length === 0)
      diagnostics.push({
        severity: 'warning',
        code: 'unmatched-pattern',
        message: `\`${text}\` matches no file`,
        advice: 'check the path: it starts at the folder of this file',
        place,
      });
  }
  return { paths: [...paths], folders: [...folders], diagnostics };
}

async function glob(pattern: string, folder: string): Promise<string[]> {
  let found = [pattern.startsWith('/') ? '/' : folder];
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  for (const [at, part] of parts.entries()) {
    const isLast = at === parts.length - 1;
    const next = await Promise.all(found.map((path) => step(path, part, isLast)));
    found = [...new Set(next.flat())];
  }
  return found;
}

/** What a part of a glob matches in a folder. */
async function step(folder: string, part: string, isLast: boolean): Promise<string[]> {
  if (part === '**' && !isLast) return foldersIn(folder);
  if (!picomatch.scan(part).isGlob) {
    const path = join(folder, part);
    const found = await stat(path).catch(() => null);
    return (isLast ? found?.isFile() : found?.isDirectory()) === true ? [path] : [];
  }
  const isMatch = picomatch(part);
  const names = (await readdir(folder).catch(() => [])).sort();
  const found = names.filter((name) => isMatch(name)).map((name) => step(folder, name, isLast));
  return (await Promise.all(found)).flat();
}

/** A folder and all beneath it; links are not followed. */
async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isDirectory() && !SKIPPED.has(entry.name))
    .map(({ name }) => name)
    .sort();
  const inner = await Promise.all(names.map((name) => foldersIn(join(folder, name))));
  return [folder, ...inner.flat()];
}
