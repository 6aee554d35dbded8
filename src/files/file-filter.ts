/**
 * Decides what is taken of one folder of a tree. What was decided for a folder flows down to its
 * children as a filter of their own; nothing flows up. Paths are relative to the root of the tree.
 */
export interface FileFilter {
  /** Is the file or symbolic link at `path` taken? */
  takes(path: string): boolean;
  /** The filter for the folder at `path`; null where nothing beneath can be taken: leave it closed. */
  within(path: string): FileFilter | null;
}

/** Takes every file. */
export const everything: FileFilter = {
  takes: () => true,
  within: () => everything,
};

/** Takes what both filters take. */
export function both(one: FileFilter, other: FileFilter): FileFilter {
  return {
    takes: (path) => one.takes(path) && other.takes(path),
    within(path) {
      const inOne = one.within(path);
      const inOther = inOne && other.within(path);
      return inOne && inOther && both(inOne, inOther);
    },
  };
}

/** The filter of the folder that a path is in; null where nothing in it is taken. */
export function filterAbove(filter: FileFilter, path: string): FileFilter | null {
  let within: FileFilter | null = filter;
  for (let end = path.indexOf('/'); end > 0 && within !== null; end = path.indexOf('/', end + 1))
    within = within.within(path.slice(0, end));
  return within;
}
