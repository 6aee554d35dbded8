import type { Diagnostic } from '../model/diagnostic.ts';
import type { CopiedSource, SelectionPolicy } from '../model/manifest.ts';
import type { Place } from '../model/source.ts';
import { isPattern, partMatcher } from '../model/source-glob.ts';
import type { TrackedFiles } from '../model/tracked.ts';
import { type FileFilter, filterAbove } from './file-filter.ts';
import { displayPath } from './file-name.ts';

/** Takes what git tracks. */
export function trackedFilter({ paths }: TrackedFiles): FileFilter {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  const filter: FileFilter = {
    takes: (path) => paths.has(path),
    within: (path) => (folders.has(path) ? filter : null),
  };
  return filter;
}

interface Sought {
  readonly tracked: TrackedFiles;
  readonly policy: SelectionPolicy;
  /** Takes what the policy does, or, where that is what is copied, what it may; whatever git tracks. */
  readonly admits: FileFilter;
  readonly place: Place | undefined;
}

/** What is tracked, would be taken, and was not checked out: an error, since elsewhere it makes another hash. */
export function absentTracked({ tracked, policy, admits, place }: Sought): Diagnostic[] {
  const isTaken = (path: string, isFolder: boolean) => {
    const above = filterAbove(admits, path);
    const isAdmitted = isFolder ? above?.within(path) != null : above?.takes(path) === true;
    if (!isAdmitted || policy.kind !== 'copied') return isAdmitted;
    return policy.sources.some((source) => mayTake(source, path, isFolder));
  };
  return tracked.absent.flatMap(({ path, is }): Diagnostic[] => {
    if (!isTaken(path, is === 'submodule')) return [];
    return [
      {
        severity: 'error',
        code: 'partial-checkout',
        message:
          is === 'submodule'
            ? `the submodule ${displayPath(path)} is not checked out: elsewhere its files are tracked ones of the build`
            : `${displayPath(path)} is tracked by git, but this sparse checkout leaves it out: elsewhere it is one of the files of the build`,
        advice:
          is === 'submodule'
            ? 'check it out: `git submodule update --init --recursive`'
            : 'check it out: `git sparse-checkout add FOLDER`, or `git sparse-checkout disable`',
        ...(place && { place }),
      },
    ];
  });
}

/** Could the source take the path, or something beneath it where it is a folder? Takes links for no links. */
export function mayTake(
  { path: source, reads }: CopiedSource,
  path: string,
  isFolder: boolean,
): boolean {
  const parts = path.split('/');
  for (const [at, part] of source.split('/').entries()) {
    const name = parts[at];
    if (name === undefined) return isFolder;
    const answer = answersTo(part, name, reads);
    if (answer !== 'yes') return answer === 'perhaps';
  }
  return true;
}

function answersTo(
  part: string,
  name: string,
  reads: CopiedSource['reads'],
): 'yes' | 'no' | 'perhaps' {
  if (part === name) return 'yes';
  if (reads === 'path' || !(isPattern(part) || /[\\!]/.test(part))) return 'no';
  const matches = reads === 'glob' ? partMatcher(part) : null;
  if (matches === null) return 'perhaps';
  return matches(name) ? 'yes' : 'no';
}
