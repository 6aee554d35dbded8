import { DEFAULT_OFFSET, type FilePolicy, type Interval } from '../model/manifest.ts';

/** A part of a manifest as YAML and JSON have it. Undefined: left out. */
export type Written =
  | string
  | number
  | boolean
  | undefined
  | readonly Written[]
  | { readonly [key: string]: Written };

/** What stands for a secret. */
export const MASK = '***';

/** A text that interpolation leaves as it is. */
export function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/**
 * Undefined where it is empty. `fromEntries` defines its keys, so that one called `__proto__` is one like any other.
 */
export function mapped(entries: readonly (readonly [string, Written])[]): Written {
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** A name whose value is secret. */
export function masked(name: string): readonly [string, Written] {
  return [name, MASK];
}

/** Undefined where it is empty: then it is left out. */
export function list(items: readonly Written[]): Written {
  return items.length === 0 ? undefined : items;
}

/** Undefined: the default. */
export function filePolicy(policy: FilePolicy): Written {
  const tracked = policy.tracked === undefined ? {} : { tracked: true };
  if (policy.kind === 'copied') return policy.tracked === undefined ? undefined : tracked;
  if (policy.kind !== 'patterns') return policy.kind;
  const texts = (patterns: typeof policy.only) => patterns?.map(({ text }) => literal(text));
  return { ...tracked, only: texts(policy.only), all_but: texts(policy.allBut) };
}

const UNITS = [
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const;

/** `90s`, `15m`, `1d`. */
export function duration(seconds: number): string {
  const [unit, length] = UNITS.find(([, each]) => seconds % each === 0) ?? ['s', 1];
  return `${seconds / length}${unit}`;
}

/** An offset is written where it is not the default. */
export function interval({ seconds, offset }: Interval): Written {
  const every = duration(seconds);
  if (offset === DEFAULT_OFFSET) return every;
  const date = new Date(offset).toISOString();
  // A date beyond the year 9999 is no timestamp of a manifest.
  return { every, offset: date.startsWith('+') ? `${offset / 1000}` : date };
}
