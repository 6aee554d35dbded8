import type { Value } from './draft.ts';
import { isRecord, scalarText } from './values.ts';

/** How a key of compose or bake is written in the manifest. */
interface Row {
  readonly key: string;
  readonly shape: 'text' | 'flag' | 'list' | 'map' | 'platform';
}

/** The keys of `build` that compose, bake and the manifest know alike: theirs may have dashes. */
const ROWS: ReadonlyMap<string, Row> = new Map(
  (
    [
      ['args', 'build_args', 'map'],
      ['target', 'target', 'text'],
      ['labels', 'labels', 'map'],
      ['network', 'network', 'text'],
      ['shm_size', 'shm_size', 'text'],
      ['extra_hosts', 'extra_hosts', 'map'],
      ['additional_contexts', 'additional_contexts', 'map'],
      ['contexts', 'additional_contexts', 'map'],
      ['cache_from', 'cache_from', 'list'],
      ['cache_to', 'cache_to', 'list'],
      ['no_cache', 'no_cache', 'flag'],
      ['pull', 'pull', 'flag'],
      ['ssh', 'ssh', 'list'],
      ['platforms', 'platforms', 'platform'],
    ] as const
  ).map(([key, own, shape]) => [key, { key: own, shape }]),
);

/** Keys that are read elsewhere, or that concern what docker-ensure sees to itself. */
const ELSEWHERE = new Set([
  ...['context', 'dockerfile', 'dockerfile_inline', 'tags', 'output', 'attest', 'description'],
  ...['provenance', 'sbom', 'secrets'],
]);

export interface TakenOptions {
  readonly options: { readonly [key: string]: Value };
  /** What was not taken over, and why. */
  readonly left: readonly string[];
}

/**
 * The options of a build that the manifest knows too. `write` gives a text as the manifest has it; null where
 * there is no saying the same.
 */
export function takeOptions(
  build: Readonly<Record<string, unknown>>,
  write: (text: string) => string | null,
): TakenOptions {
  const options: Record<string, Value> = {};
  const left: string[] = [];
  for (const [name, value] of Object.entries(build)) {
    const plain = name.replaceAll('-', '_');
    if (ELSEWHERE.has(plain) || isNothing(value)) continue;
    const row = ROWS.get(plain);
    if (row === undefined) {
      left.push(`\`${name}\` has to be written by hand`);
      continue;
    }
    if (row.shape === 'platform' && Array.isArray(value) && value.length > 1) {
      left.push(
        "`platforms`: an image is built for one platform, this machine's own if none is given",
      );
      continue;
    }
    const taken = takenValue(value, row.shape, write);
    if (taken === null) left.push(`\`${name}\` could not be read`);
    else options[row.key] = taken;
  }
  return { options, left };
}

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function takenValue(
  value: unknown,
  shape: Row['shape'],
  write: (text: string) => string | null,
): Value | null {
  if (shape === 'flag') return value === true || value === 'true' ? true : null;
  if (shape === 'map') return mapOf(value, write);
  if (shape === 'text') return writtenScalar(value, write);
  const items = (Array.isArray(value) ? value : [value]).map((item) =>
    isRecord(item) ? writtenPairs(item, write) : writtenScalar(item, write),
  );
  const known = items.flatMap((item) => item ?? []);
  return known.length === items.length ? known : null;
}

function writtenScalar(value: unknown, write: (text: string) => string | null): string | null {
  const text = scalarText(value);
  return text === null ? null : write(text);
}

/** `{ type: registry, ref: x }` as docker's own option has it. */
function writtenPairs(
  pairs: Readonly<Record<string, unknown>>,
  write: (text: string) => string | null,
): string | null {
  return write(
    Object.entries(pairs)
      .map(([key, value]) => `${key}=${scalarText(value) ?? ''}`)
      .join(','),
  );
}

/** A map, or a list of `NAME=value`, `NAME:value` and `NAME`. */
function mapOf(value: unknown, write: (text: string) => string | null): Value | null {
  const pairs: [string, unknown][] = Array.isArray(value)
    ? value.map((item) => {
        const [, name = '', rest] = /^([^=:]+)(?:[=:](.*))?$/s.exec(String(item)) ?? [];
        return [name, rest ?? null];
      })
    : isRecord(value)
      ? Object.entries(value)
      : [['', null]];
  const map: Record<string, string | null> = {};
  for (const [name, given] of pairs) {
    const text = given === null ? null : writtenScalar(given, write);
    // A name with a variable in it names no image.
    if (!/^[^\s=$]+$/.test(name) || (given !== null && text === null)) return null;
    map[name] = text;
  }
  return map;
}
