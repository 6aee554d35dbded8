import { automaton } from './automaton.ts';
import { parseRegexp } from './regexp.ts';

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
      const steps = parseRegexp(regexp);
      if (steps === null) return null;
      const { matches, canStart } = automaton(steps);
      return { matches, canMatchBeneath: (folder) => canStart(`${folder}/`) };
    }
  }
}

interface Translation {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'regexp';
  readonly regexp: string;
}

/**
 * Token by token, with no knowledge of what is within brackets: just so does moby. It means to escape
 * `{`, `|` and `}` too, but does not, so that `a|b*` is an alternative and `a{2}*` a repetition.
 */
function translate(text: string): Translation {
  let kind: Translation['kind'] = 'exact';
  let regexp = '^';
  // Go's scanner passes over a byte order mark.
  const scanned = text.replace(/^\uFEFF/, '');
  for (const { 0: token, index } of scanned.matchAll(/\*\*\/?|\\.|./gsu)) {
    if (token.startsWith('**')) {
      const isLast = index + token.length === scanned.length;
      kind = isLast && kind === 'exact' ? 'prefix' : 'regexp';
      if (index === 0) kind = 'suffix';
      regexp += isLast ? '.*' : '(.*/)?';
    } else if (token === '*') {
      kind = 'regexp';
      regexp += '[^/]*';
    } else if (token === '?') {
      kind = 'regexp';
      regexp += '[^/]';
    } else if (/^[.+()$]$/.test(token)) {
      regexp += `\\${token}`;
    } else {
      if (/^\\.|^[[\]]/s.test(token)) kind = 'regexp';
      regexp += token;
    }
  }
  return { kind, regexp: `${regexp}$` };
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
