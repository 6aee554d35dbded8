/** Values shorter than this would mask ordinary words and numbers everywhere. */
const SHORTEST_SECRET = 4;

const MASK = '***';

/** Replaces secret values in text. */
export type Redact = (text: string) => string;

/** Masks each of the values wherever it occurs; those of fewer than 4 characters are left alone. */
export function createRedact(secrets: readonly string[]): Redact {
  const values = [...new Set(secrets.flatMap(spellings))]
    .filter((value) => value.length >= SHORTEST_SECRET)
    // A secret that contains another one is masked whole.
    .sort((a, b) => b.length - a.length);
  return (text) => values.reduce((masked, value) => masked.replaceAll(value, MASK), text);
}

/** A secret as it may come out: as it is, line by line, and inside JSON. */
function spellings(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    ...secret.split('\n').map((line) => line.trim()),
  ];
}

/** A copy of a value with every string in it masked. */
export function redactDeep<T>(value: T, redact: Redact): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, redactDeep(item, redact)]),
  ) as T;
}
