import type { FileFilter } from '../file-filter.ts';
import type { IgnoreRule } from './parse.ts';

/**
 * Takes what the rules of an ignore file let through: a rule that matches a folder holds for all
 * beneath it, and the last one that matches wins.
 *
 * Like moby, it asks a rule only where its answer could change the verdict so far, and a folder's
 * children inherit only the answers that were asked for. So `a/b` and then `!a` ignores `a/b`: at `a`
 * there was nothing to take back yet. Sources: MatchesUsingParentResults in
 * https://github.com/moby/patternmatcher/blob/main/patternmatcher.go and Walk in
 * https://github.com/tonistiigi/fsutil/blob/master/filter.go
 *
 * `onBroken` hears of each rule that is asked and has no pattern, as often as it is.
 */
export function ignoreFilter(
  rules: readonly IgnoreRule[],
  onBroken: (rule: IgnoreRule) => void = () => {},
): FileFilter {
  const exceptions = rules.filter((rule) => rule.exception);
  const dockerSkips = exceptions.every(isPlain) ? plainExceptionsOnly(exceptions) : () => false;

  function filterFor(inherited: readonly boolean[]): FileFilter {
    return {
      takes: (path) => !judge(path, inherited).ignored,
      within(path) {
        const verdict = judge(path, inherited);
        const closed =
          verdict.ignored && (dockerSkips(path) || !canTakeBack(path, verdict.matched));
        return closed ? null : filterFor(verdict.matched);
      },
    };
  }

  function judge(path: string, inherited: readonly boolean[]): Verdict {
    let ignored = false;
    const matched = rules.map((rule, index) => {
      const matches = inherited[index] || (rule.exception === ignored && ask(rule, path));
      if (matches) ignored = !rule.exception;
      return matches;
    });
    return { ignored, matched };
  }

  function ask(rule: IgnoreRule, path: string): boolean {
    if (rule.pattern !== null) return rule.pattern.matches(path);
    onBroken(rule);
    return false;
  }

  /** Only exceptions after the last rule that holds for all of the folder can take something back. */
  function canTakeBack(folder: string, matched: readonly boolean[]): boolean {
    // Docker may come to ask the broken one there.
    if (rules.some(({ pattern }) => pattern === null)) return true;
    return rules
      .slice(matched.lastIndexOf(true) + 1)
      .some(({ exception, pattern }) => exception && pattern?.canMatchBeneath(folder));
  }

  return filterFor([]);
}

interface Verdict {
  readonly ignored: boolean;
  /** For each rule: was it asked, and did it match the path or a folder above it? */
  readonly matched: readonly boolean[];
}

/** True for an exception with no wildcard but at its end. */
function isPlain(rule: IgnoreRule): boolean {
  return !/[*[\]?^\\]/.test(withoutTrailingWildcard(rule.text));
}

// Where all exceptions are plain, docker does not open an ignored folder unless an exception's path
// leads into it. That does more than save time: `!a/*/**` takes nothing back when `a` is ignored.
function plainExceptionsOnly(exceptions: readonly IgnoreRule[]): (folder: string) => boolean {
  const paths = exceptions.map((rule) => `${withoutTrailingWildcard(rule.text)}/`);
  return (folder) => !paths.some((path) => path.startsWith(`${folder}/`));
}

function withoutTrailingWildcard(pattern: string): string {
  return pattern.replace(/\/\*\*$/, '').replace(/\/\*$/, '');
}
