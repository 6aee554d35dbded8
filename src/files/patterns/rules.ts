import type { FileFilter } from '../file-filter.ts';
import type { PathPattern } from './pattern.ts';

/**
 * Takes what the patterns choose (`only`), or what they leave (`all_but`). A pattern that matches a
 * folder holds for all beneath it, and the last one that matches wins.
 *
 * `onMatch` hears of each pattern that matches something, as often as it does.
 */
export function patternFilter(
  key: 'only' | 'all_but',
  patterns: readonly PathPattern[],
  onMatch: (pattern: PathPattern) => void = () => {},
): FileFilter {
  function judge(path: string, inherited: readonly boolean[]) {
    const matched = patterns.map((pattern, index) => {
      if (inherited[index]) return true;
      const matches = pattern.matches(path);
      if (matches) onMatch(pattern);
      return matches;
    });
    const last = matched.lastIndexOf(true);
    const chosen = patterns[last]?.exception === false;
    return { matched, last, taken: chosen === (key === 'only') };
  }

  function filterFor(inherited: readonly boolean[]): FileFilter {
    return {
      takes: (path) => judge(path, inherited).taken,
      within(path) {
        const { matched, last, taken } = judge(path, inherited);
        const closed = !taken && !canTurn(path, last);
        return closed ? null : filterFor(matched);
      },
    };
  }

  /** Can a pattern after the last that holds for all of the folder take something beneath it? */
  function canTurn(folder: string, last: number): boolean {
    return patterns
      .slice(last + 1)
      .some(
        ({ exception, canMatchBeneath }) =>
          exception !== (key === 'only') && canMatchBeneath(folder),
      );
  }

  return filterFor([]);
}
