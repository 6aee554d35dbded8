import { structuredPatch } from 'diff';
import type { Difference, FileChange } from '../model/difference.ts';
import { FORMAT } from './document.ts';

/** Where a comparison looks things up. */
export interface KnownInputs {
  /** A Dockerfile, a file list or an inputs document by its SHA-256; null where it is not known. */
  readonly textOf: (hash: string) => Promise<string | null>;
  /** An image by the name that a parent has in the newer document; null for one that is none of the manifest's. */
  readonly parentCalled: (name: string) => { readonly key: string } | null;
}

type Inputs = Readonly<Record<string, unknown>>;

/** An inputs document as an object; null for a text that is none. */
export function readInputs(text: string): Inputs | null {
  const inputs = objectIn(text);
  return inputs?.format === FORMAT ? inputs : null;
}

function objectIn(text: string): Inputs | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Inputs {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What people look for first. */
const FIRST = ['dockerfile', 'files', 'parents', 'build_args'];

/**
 * What an inputs document has otherwise than an earlier one. A parent is compared with its own earlier document
 * where both are known, and so on.
 */
export async function compareInputs(
  before: Inputs,
  after: Inputs,
  known: KnownInputs,
): Promise<Difference[]> {
  const rest = [...new Set([...Object.keys(after), ...Object.keys(before)])].sort();
  const keys = [...new Set([...FIRST, ...rest])];
  const found = keys.map((key) => compareKey(key, before[key], after[key], known));
  return (await Promise.all(found)).flat();
}

async function compareKey(
  key: string,
  before: unknown,
  after: unknown,
  known: KnownInputs,
): Promise<Difference[]> {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  // An interval is one thing, though it is written as a map.
  if (key === 'interval' || !(isObject(before) || isObject(after)))
    return [await compareEntry(key, shown(before), shown(after), known)];
  const [old, now] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
  const names = [...new Set([...Object.keys(now), ...Object.keys(old)])].sort();
  const changed = names.filter((name) => shown(old[name]) !== shown(now[name]));
  return Promise.all(
    changed.map((name) =>
      compareEntry(`${key}.${name}`, shown(old[name]), shown(now[name]), known),
    ),
  );
}

/** A value for people; null for none. */
function shown(value: unknown): string | null {
  if (value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value.join(', ');
  return JSON.stringify(value);
}

async function compareEntry(
  input: string,
  before: string | null,
  after: string | null,
  known: KnownInputs,
): Promise<Difference> {
  if (before === null || after === null) return { is: 'value', input, before, after };
  if (input === 'dockerfile') {
    const texts = await textsOf(before, after, known);
    return { is: 'dockerfile', input, before, after, lines: texts && lineDiff(...texts) };
  }
  const [map = '', ...rest] = input.split('.');
  if (input === 'files' || (map === 'additional_contexts' && isHash(before) && isHash(after))) {
    const texts = await textsOf(before, after, known);
    return { is: 'files', input, before, after, files: texts && fileChanges(...texts) };
  }
  const parent = map === 'parents' ? known.parentCalled(rest.join('.')) : null;
  if (parent === null) return { is: 'value', input, before, after };
  const image = parent.key;
  return {
    is: 'parent',
    input,
    image,
    before,
    after,
    differences: await own(before, after, known),
  };
}

/** What of a parent's own inputs differs. */
async function own(before: string, after: string, known: KnownInputs) {
  const texts = await textsOf(before, after, known);
  const [old, now] = texts?.map(readInputs) ?? [];
  return old && now ? compareInputs(old, now, known) : null;
}

async function textsOf(
  before: string,
  after: string,
  { textOf }: KnownInputs,
): Promise<[string, string] | null> {
  if (!isHash(before) || !isHash(after)) return null;
  const [old, now] = await Promise.all([textOf(before), textOf(after)]);
  return old === null || now === null ? null : [old, now];
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function lineDiff(before: string, after: string): string[] {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 1 });
  return hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...lines,
  ]);
}

function fileChanges(before: string, after: string): FileChange[] | null {
  const [old, now] = [objectIn(before), objectIn(after)];
  if (old === null || now === null) return null;
  const paths = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  return paths.flatMap((path): FileChange[] => {
    if (old[path] === now[path]) return [];
    if (old[path] === undefined) return [{ path, is: 'added' }];
    return [{ path, is: now[path] === undefined ? 'removed' : 'changed' }];
  });
}
