import picomatch from 'picomatch';
import { automaton } from '../regexp/automaton.ts';
import { parsePicomatchRegexp } from '../regexp/picomatch.ts';

/** A glob, ready to be asked about paths without empty parts, `.` or `..`. */
export interface Glob {
  matches(path: string): boolean;
  /** Could it match something beneath the folder? Yes, unless it is sure that it cannot. */
  canMatchBeneath(folder: string): boolean;
}

/** True where the path has characters that a glob gives a meaning to. */
export function isGlob(path: string): boolean {
  return path.includes('\\') || picomatch.scan(path).isGlob;
}

// `debug` makes a bad glob throw, not match nothing; the flag lets `**` cross a newline in a name.
const OPTIONS = { dot: true, nonegate: true, windows: false, debug: true, flags: 's' } as const;

/**
 * The glob as picomatch reads it, but run without backtracking, so that no glob can make it slow
 * (only one with `!(…)` in it still could). Throws where it is not one.
 */
export function compileGlob(glob: string): Glob {
  const regexp = picomatch.makeRe(glob, OPTIONS);
  const steps = parsePicomatchRegexp(regexp.source);
  if (steps === null)
    return { matches: (path) => regexp.test(path), canMatchBeneath: reachOf(glob) };
  const { matches, canGoOn } = automaton(steps);
  return { matches, canMatchBeneath: (folder) => canGoOn(`${folder}/`) };
}

/** Compares the folder with the path that comes before the first wildcard. */
function reachOf(glob: string): (folder: string) => boolean {
  const { base } = picomatch.scan(glob);
  return (folder) =>
    base === '' || `${base}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(`${base}/`);
}
