/**
 * The variable that holds an image's reference, in each format that has variables and in the environment of
 * `exec`: the key in upper case, all but letters and digits as `_`, and `_REF`. A name that would begin
 * with a digit, which no shell takes, begins with `_`.
 */
export function variableName(key: string): string {
  const name = `${key.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_REF`;
  return /^\d/.test(name) ? `_${name}` : name;
}

/** The first two keys whose variables have one name; null where all differ. */
export function sameVariable(keys: readonly string[]): readonly [string, string] | null {
  const taken = new Map<string, string>();
  for (const key of keys) {
    const other = taken.get(variableName(key));
    if (other !== undefined) return [other, key];
    taken.set(variableName(key), key);
  }
  return null;
}
