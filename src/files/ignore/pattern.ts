import { automaton } from '../regexp/automaton.ts';
import { parseGoRegexp } from '../regexp/go.ts';

/** One pattern of an ignore file, ready to be asked. Paths are relative, `/` between their parts. */
export interface Pattern {
  matches(path: string): boolean;
  /** Could it match something beneath the folder? Yes, unless it is sure that it cannot. */
  canMatchBeneath(folder: string): boolean;
}

/**
 * The pattern that moby makes of the text, or null where it answers "syntax error in pattern" as soon
 * as it is asked.
 *
 * moby turns a pattern into a regular expression, but compares text where no wildcard or only a
 * leading or trailing `**` is in it, and the two do not always agree: `**file` matches `a-file`,
 * `**file*` does not. Source: compile and match in
 * https://github.com/moby/patternmatcher/blob/main/patternmatcher.go
 */
export function compilePattern(text: string): Pattern | null {
  const { kind, regexp } = translate(text);
  switch (kind) {
    case 'exact':
      return exactly(text);
    case 'prefix':
      return startingWith(text.slice(0, -'**'.length));
    case 'suffix':
      return endingWith(text.slice('**'.length));
    case 'regexp': {
      const steps = parseGoRegexp(regexp);
      if (steps === null) return null;
      const { matches, canGoOn } = automaton(steps);
      return { matches, canMatchBeneath: (folder) => canGoOn(`${folder}/`) };
    }
  }
}

interface Translation {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'regexp';
  readonly regexp: string;
}

/** Token by token, with no knowledge of what is within brackets: just so does moby. */
function translate(text: string): Translation {
  let kind: Translation['kind'] = 'exact';
  let regexp = '^';
  // Go's scanner passes over a byte order mark.
  const scanned = text.replace(/^\uFEFF/, '');
  for (const { 0: token, index } of scanned.matchAll(/\*\*\/?|\\.|./gsu)) {
    const isLast = index + token.length === scanned.length;
    kind = kindAfter(kind, token, index === 0, isLast);
    regexp += regexpOf(token, isLast);
  }
  return { kind, regexp: `${regexp}$` };
}

function kindAfter(
  kind: Translation['kind'],
  token: string,
  isFirst: boolean,
  isLast: boolean,
): Translation['kind'] {
  if (!token.startsWith('**')) return /^(?:[*?[\]]|\\.)/s.test(token) ? 'regexp' : kind;
  if (isFirst) return 'suffix';
  return isLast && kind === 'exact' ? 'prefix' : 'regexp';
}

function regexpOf(token: string, isLast: boolean): string {
  if (token.startsWith('**')) return isLast ? '.*' : '(.*/)?';
  if (token === '*') return '[^/]*';
  if (token === '?') return '[^/]';
  // moby means to escape `{`, `|` and `}` too, but does not, so that `a|b*` matches what begins with
  // `a` or has a `b` in it.
  return /^[.+()$]$/.test(token) ? `\\${token}` : token;
}

function exactly(text: string): Pattern {
  return {
    matches: (path) => path === text,
    canMatchBeneath: (folder) => text.startsWith(`${folder}/`),
  };
}

function startingWith(start: string): Pattern {
  return {
    matches: (path) => path.startsWith(start),
    canMatchBeneath: (folder) => start.startsWith(`${folder}/`) || `${folder}/`.startsWith(start),
  };
}

// What begins with `/` here came after a `**`, which may stand for no folder at all.
function endingWith(end: string): Pattern {
  return {
    matches: (path) => path.endsWith(end) || `/${path}` === end,
    canMatchBeneath: () => true,
  };
}
