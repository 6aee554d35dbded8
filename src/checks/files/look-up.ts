import type { ContextFiles, SelectedFile } from '../../model/file-list.ts';
import { isPattern, partMatcher, partsOfSource } from '../../model/source-glob.ts';

/**
 * What docker finds at a source of a COPY: something; `nothing`, where a pattern matches no file,
 * which is no error; or it is `missing`, and the build fails. `unknown` where this cannot be told.
 */
export type Found = 'something' | 'nothing' | 'missing' | 'unknown';

/** Looks a source up, as docker does: relative to the context, whatever it begins with. */
export function lookUp(source: string, files: ContextFiles): Found {
  const parts = partsOfSource(source);
  const at = parts.findIndex(isPattern);
  const literal = lookUpPath(parts.slice(0, at < 0 ? parts.length : at), files);
  if (at < 0 || literal !== 'something') return literal;
  return lookUpPattern(parts, files.selected);
}

/** The same for what is no pattern, whatever it looks like. */
export function lookUpLiteral(source: string, files: ContextFiles): Found {
  return lookUpPath(partsOfSource(source), files);
}

function lookUpPath(parts: readonly string[], { list, selected }: ContextFiles): Found {
  for (let count = 1; count <= parts.length; count++) {
    // Docker follows links; where they lead is not known here.
    if (list.entries.get(parts.slice(0, count).join('/'))?.kind === 'l') return 'unknown';
  }
  const path = parts.join('/');
  const there = path === '' || list.entries.has(path) || hasFolder(path, selected);
  return there ? 'something' : 'missing';
}

/** The files are sorted, so those of a folder stand together. */
function hasFolder(path: string, files: readonly SelectedFile[]): boolean {
  const prefix = `${path}/`;
  let [low, high] = [0, files.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((files[middle]?.path ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  return files[low]?.path.startsWith(prefix) ?? false;
}

/** Every part of the pattern has a part of its own to match: `*` does not cross a `/`. */
function lookUpPattern(parts: readonly string[], files: readonly SelectedFile[]): Found {
  const matchers = parts.map(partMatcher);
  if (matchers.includes(null)) return 'unknown';
  const found = files.some(({ path }) => {
    const names = path.split('/', parts.length);
    return names.length === parts.length && matchers.every((each, at) => each?.(names[at] ?? ''));
  });
  return found ? 'something' : 'nothing';
}
