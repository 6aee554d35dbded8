import { automaton } from './automaton.ts';
import { parseRegexp } from './regexp.ts';

/** One pattern of an ignore file, ready to be asked. Paths are relative, `/` between their parts. */
export interface Pattern {
  matches(path: string): boolean;
  /** Could it match something beneath the folder? Yes, unless it is sure that it cannot. */
  canMatchBeneath(folder: string): boolean;
}

/**
 * The pattern that moby makes of the text, or null where it answers "syntax error in pattern".
 *
 * moby turns a pattern into a regular expression, but compares text where no wildcard or only a
 * leading or trailing `**` is in it, and the two do not always agree: `**file` matches `a-file`,
 * `**file*` does not. Source: compile and match in
 * https://github.com/moby/patternmatcher/blob/main/patternmatcher.go
 */
export function compilePattern(text: string): Pattern | null {
  if (!WELL_FORMED.test(text)) return null;
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

/** What Go's filepath.Match takes: escapes that escape something, classes that hold something. */
const MEMBER = String.raw`(?:\\.|[^\\\]\-])`;
const CLASS = String.raw`\[(?:\^|(?!\^))(?:${MEMBER}(?:-${MEMBER})?)+\]`;
const WELL_FORMED = new RegExp(String.raw`^(?:\\.|${CLASS}|[^\\\[])*$`, 'su');

interface Translation {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'regexp';
  readonly regexp: string;
}

/** Token by token, with no knowledge of what is within brackets: just so does moby. */
function translate(text: string): Translation {
  let kind: Translation['kind'] = 'exact';
  let regexp = '^';
  for (const { 0: token, index } of text.matchAll(/\*\*\/?|\\.|./gsu)) {
    if (token.startsWith('**')) {
      const isLast = index + token.length === text.length;
      if (isLast && kind === 'exact') kind = 'prefix';
      else kind = 'regexp';
      if (index === 0) kind = 'suffix';
      regexp += isLast ? '.*' : '(.*/)?';
    } else if (token === '*') {
      kind = 'regexp';
      regexp += '[^/]*';
    } else if (token === '?') {
      kind = 'regexp';
      regexp += '[^/]';
    } else if (/^[.+()|{}$]$/.test(token)) {
      regexp += `\\${token}`;
    } else {
      if (/^[\\[\]]/.test(token)) kind = 'regexp';
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
