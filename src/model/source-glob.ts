/** A pattern for one part of a path. */
export type PartMatcher = (name: string) => boolean;

/** The parts of a source of a COPY; `..` never leads out of the context. */
export function partsOfSource(source: string): string[] {
  const parts: string[] = [];
  for (const part of source.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts;
}

/** True where docker reads a source as a pattern. */
export function isPattern(part: string): boolean {
  return /[*?[]/.test(part);
}

/**
 * `*`, `?`, `[a-z]` and `[^a-z]` as Go's path.Match has them, in time that grows with the pattern
 * times the name. Null for what docker refuses, and for escapes, whose reading differs.
 *
 * Rules: https://pkg.go.dev/path#Match
 */
export function partMatcher(pattern: string): PartMatcher | null {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; ) {
    const found = tokenAt(pattern, at);
    if (found === null) return null;
    tokens.push(found.token);
    at = found.end;
  }
  return (name) => matches(tokens, [...name]);
}

type Token = '*' | ((char: string) => boolean);

const CLASS = /\[(\^?)((?:[^\]\\-](?:-[^\]\\-])?)+)\]/suy;

function tokenAt(pattern: string, at: number): { token: Token; end: number } | null {
  const char = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
  const end = at + char.length;
  if (char === '*') return { token: '*', end };
  if (char === '?') return { token: () => true, end };
  if (char === '\\') return null;
  if (char !== '[') return { token: (other) => other === char, end };
  CLASS.lastIndex = at;
  const [all = '', negated, members = ''] = CLASS.exec(pattern) ?? [];
  const ranges = [...members.matchAll(/(.)(?:-(.))?/gsu)].map(([, low = '', high = low]) => ({
    low: low.codePointAt(0) ?? 0,
    high: high.codePointAt(0) ?? 0,
  }));
  if (all === '' || ranges.some(({ low, high }) => low > high)) return null;
  const token = (other: string) => {
    const code = other.codePointAt(0) ?? 0;
    return ranges.some(({ low, high }) => low <= code && code <= high) === (negated === '');
  };
  return { token, end: at + all.length };
}

/** Only the last `*` ever needs to take more than it did. */
function matches(tokens: readonly Token[], chars: readonly string[]): boolean {
  let [token, char] = [0, 0];
  let star: { token: number; char: number } | null = null;
  while (char < chars.length) {
    const next = tokens[token];
    if (next === '*') {
      star = { token, char };
      token += 1;
    } else if (next?.(chars[char] ?? '')) {
      token += 1;
      char += 1;
    } else if (star !== null) {
      star.char += 1;
      [token, char] = [star.token + 1, star.char];
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === '*');
}
