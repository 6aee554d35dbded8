/**
 * Replaces the variables of a word as a Dockerfile does: `$A`, `${A}`, `${A:-word}`, `${A:+word}`.
 * Null where a variable has no value, or a form is used that only docker itself can work out.
 *
 * Rules: https://docs.docker.com/reference/dockerfile/#environment-replacement
 */
export function expand(word: string, lookUp: (name: string) => string | null): string | null {
  let open = false;
  const text = word.replace(
    /\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^{}$]*))?\}|)/g,
    (_, plain: string | undefined, braced: string | undefined, operator?: string, other = '') => {
      const value = replacement(lookUp(plain ?? braced ?? ''), operator, other);
      open ||= value === null;
      return value ?? '';
    },
  );
  return open ? null : text;
}

function replacement(
  value: string | null,
  operator: string | undefined,
  other: string,
): string | null {
  const given = operator?.startsWith(':') ? value !== null && value !== '' : value !== null;
  if (operator?.endsWith('-')) return given ? value : other;
  if (operator?.endsWith('+')) return given ? other : '';
  return value;
}
