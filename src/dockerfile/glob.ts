/**
 * The patterns of `${NAME#pattern}` and its like: `*` and `?`, neither of which stands for a line's end.
 *
 * Rules: https://github.com/moby/buildkit/blob/v0.25.1/frontend/dockerfile/shell/lex.go
 */
export type Glob = readonly GlobPart[];

/** A character, or what stands for any text or any one character. */
type GlobPart = string | typeof ANY_TEXT | typeof ANY_ONE;

const ANY_TEXT = Symbol('*');
const ANY_ONE = Symbol('?');

/** Null for a pattern that docker does not take, or that its versions read differently. */
export function parseGlob(pattern: string): Glob | null {
  const characters = [...pattern];
  const parts: GlobPart[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '*') parts.push(ANY_TEXT);
    else if (character === '?') parts.push(ANY_ONE);
    else if (character !== '\\') parts.push(character);
    else {
      at += 1;
      const escaped = characters[at] ?? '';
      if (!'*?\\/}'.includes(escaped) || escaped === '') return null;
      parts.push(escaped);
    }
  }
  return parts;
}

/** The text without what the pattern matches at its beginning: as little, or as much as can be. */
export function withoutPrefix(text: string, glob: Glob, longest: boolean): string {
  const characters = [...text];
  const ends = endsOf(glob, characters, 0);
  return characters.slice((longest ? ends.at(-1) : ends[0]) ?? 0).join('');
}

/** The same at its end. */
export function withoutSuffix(text: string, glob: Glob, longest: boolean): string {
  const reversed = [...text].reverse().join('');
  const rest = withoutPrefix(reversed, [...glob].reverse(), longest);
  return [...rest].reverse().join('');
}

/** The text with another one for what the pattern matches, as much as can be: once, or each time. */
export function replaced(text: string, glob: Glob, by: string, each: boolean): string {
  const characters = [...text];
  let result = '';
  let isDone = false;
  let matched = -1;
  for (let at = 0; at <= characters.length; at++) {
    const end = isDone ? undefined : endsOf(glob, characters, at).at(-1);
    // Nothing is no match where another match has just ended.
    if (end !== undefined && !(end === at && matched === at)) {
      result += by;
      isDone = !each;
      matched = end;
      if (end > at) {
        at = end - 1;
        continue;
      }
    }
    result += characters[at] ?? '';
  }
  return result;
}

/** Where matches that begin at a place can end, in order. */
function endsOf(glob: Glob, text: readonly string[], start: number): number[] {
  let ends = [start];
  for (const part of glob) {
    const next = ends.flatMap((end) =>
      part === ANY_TEXT
        ? Array.from({ length: lineEnd(text, end) - end + 1 }, (_, more) => end + more)
        : isMatch(part, text[end])
          ? end + 1
          : [],
    );
    ends = [...new Set(next)];
  }
  return ends.sort((a, b) => a - b);
}

function lineEnd(text: readonly string[], start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}

function isMatch(part: GlobPart, character: string | undefined): boolean {
  return part === ANY_ONE ? character !== undefined && character !== '\n' : part === character;
}
