import { parseClass } from '../regexp/go-class.ts';

/**
 * Does docker refuse the pattern at once? It lets Go's filepath.Match compare it with `.` and asks
 * only whether that finds a syntax error, which it does no further than the comparison goes: up to
 * the first star, or the second if what comes before the first is a `.`. What is wrong after that
 * shows when the pattern is asked. Source: New in
 * https://github.com/moby/patternmatcher/blob/main/patternmatcher.go and
 * https://github.com/golang/go/blob/master/src/path/filepath/match.go
 */
export function isRefused(pattern: string): boolean {
  const [first = '', second = ''] = betweenStars(pattern);
  return !WELL_FORMED.test(first) || (takesDot(first) && !WELL_FORMED.test(second));
}

/** Escapes that escape something, classes that hold something. */
const MEMBER = String.raw`(?:\\.|[^\\\]\-])`;
const CLASS = String.raw`\[(?:\^|(?!\^))(?:${MEMBER}(?:-${MEMBER})?)+\]`;
const WELL_FORMED = new RegExp(String.raw`^(?:\\.|${CLASS}|[^\\\[])*$`, 'su');

/** A star that is escaped, or within brackets, is none. */
const TOKEN = /\\.|\[(?:\\.|[^\\\]])*\]?|\*+|./gsu;

function betweenStars(pattern: string): string[] {
  const chunks = [''];
  for (const [token] of pattern.replace(/^\*+/, '').matchAll(TOKEN)) {
    if (token.startsWith('*')) chunks.push('');
    else chunks.push(`${chunks.pop()}${token}`);
  }
  return chunks;
}

function takesDot(chunk: string): boolean {
  if (chunk === '.' || chunk === '?' || chunk === '\\.') return true;
  const found = chunk.startsWith('[') ? parseClass(chunk, 0) : null;
  return found?.end === chunk.length && new RegExp(`^${found.set}$`, 'v').test('.');
}
