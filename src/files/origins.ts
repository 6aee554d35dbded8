import type { ContextFiles } from '../model/file-list.ts';
import type { CopiedSource, Origin } from '../model/manifest.ts';
import { copiedFiles } from './copied-files.ts';
import { type FileFilter, filterAbove } from './file-filter.ts';
import { mayTake } from './tracked-filter.ts';

/**
 * Tells what lets a file into a context: the first instruction that takes it; the one that takes all of the context;
 * null where the policy `files` alone decides. A file that is no longer there is judged by its path.
 */
export function originsIn(context: ContextFiles): (path: string) => Origin | null {
  const { directory, policy, whole } = context;
  if (whole !== undefined) return () => ({ what: whole.message, place: whole.place });
  if (policy?.kind !== 'copied') return () => null;
  const filters = new Map<CopiedSource, FileFilter | null>();
  const isTaken = (source: CopiedSource, path: string) => {
    if (!filters.has(source)) filters.set(source, copiedFiles(directory, [source]).filter);
    const filter = filters.get(source) ?? null;
    return filter !== null && filterAbove(filter, path)?.takes(path) === true;
  };
  return (path) => {
    const source =
      policy.sources.find((each) => isTaken(each, path)) ??
      policy.sources.find((each) => mayTake(each, path, false));
    return source?.by ?? null;
  };
}
