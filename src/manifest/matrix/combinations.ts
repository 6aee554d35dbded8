import type { Place } from '../../model/source.ts';

/** Values by name, in an order that counts. */
export type Row = ReadonlyMap<string, string>;

/** A matrix as it is written. */
export interface Matrix {
  /** The lists of values, by name. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly include: readonly Row[];
  readonly exclude: readonly Row[];
  readonly place: Place;
}

/** One image of a matrix. */
export interface Combination {
  readonly values: Row;
  /** The values that its key is made from. */
  readonly named: readonly string[];
}

/**
 * The images that a matrix makes: all combinations of the lists, less those that an `exclude` matches. Each `include` adds its
 * values to those whose lists it agrees with, or is an image of its own where there is none.
 *
 * As GitHub's matrices: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrixinclude
 */
export function combinationsOf({ lists, include, exclude }: Matrix): Combination[] {
  const original = product(lists).filter((row) => !exclude.some((each) => matches(each, row)));
  const values = original.map((row) => new Map(row));
  const added: Row[] = [];
  for (const row of include) {
    const fits = original.flatMap((each, at) => (agrees(row, each) ? [at] : []));
    for (const at of fits) for (const [name, value] of row) values[at]?.set(name, value);
    if (fits.length === 0) added.push(row);
  }
  return [
    ...values.map((row, at) => ({ values: row, named: [...(original[at]?.values() ?? [])] })),
    ...added.map((row) => ({ values: row, named: namedOf(row, lists) })),
  ];
}

/** The most images that a matrix may make. */
export const MAX_COMBINATIONS = 1000;

/** How many combinations the lists alone have. */
export function sizeOf({ lists, include }: Matrix): number {
  const sizes = [...lists.values()].map((values) => values.length);
  return (lists.size === 0 ? 0 : sizes.reduce((a, b) => a * b, 1)) + include.length;
}

function product(lists: ReadonlyMap<string, readonly string[]>): Row[] {
  if (lists.size === 0) return [];
  let rows: Row[] = [new Map()];
  for (const [name, values] of lists)
    rows = rows.flatMap((row) => values.map((value) => new Map([...row, [name, value]])));
  return rows;
}

function matches(part: Row, row: Row): boolean {
  return [...part].every(([name, value]) => row.get(name) === value);
}

/** True where nothing of a row differs from a combination of the lists. */
function agrees(row: Row, original: Row): boolean {
  return [...row].every(([name, value]) => (original.get(name) ?? value) === value);
}

function namedOf(row: Row, lists: ReadonlyMap<string, unknown>): string[] {
  const listed = [...lists.keys()].flatMap((name) => row.get(name) ?? []);
  return listed.length > 0 ? listed : [...row.values()];
}
