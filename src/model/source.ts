/** A text file that a person wrote, kept whole so that a mistake in it can be shown in place. */
export interface Source {
  /** The path as it is shown to the user. */
  readonly path: string;
  readonly text: string;
}

/** A range of a source: offsets in UTF-16 units, `end` exclusive. */
export interface Place {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** Line and column of an offset, both counted from 1, the column in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The position of a place's first character. */
export function positionOf({ source, start }: Place): Position {
  const starts = lineStartsOf(source);
  let line = 0;
  for (let step = 2 ** 30; step >= 1; step /= 2) {
    if ((starts[line + step] ?? Number.POSITIVE_INFINITY) <= start) line += step;
  }
  return { line: line + 1, column: start - (starts[line] ?? 0) + 1 };
}

/** Kept for as long as the source is: a file may have many mistakes. */
const knownLineStarts = new WeakMap<Source, readonly number[]>();

function lineStartsOf(source: Source): readonly number[] {
  const known = knownLineStarts.get(source);
  if (known !== undefined) return known;
  const starts = [0, ...[...source.text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  knownLineStarts.set(source, starts);
  return starts;
}

/** `file:line:column` of a place, as editors and terminals link it. */
export function formatPlace(place: Place): string {
  const { line, column } = positionOf(place);
  return `${place.source.path}:${line}:${column}`;
}
