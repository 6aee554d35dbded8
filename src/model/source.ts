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
export function positionOf(place: Place): Position {
  const before = place.source.text.slice(0, place.start);
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  return { line, column: place.start - lineStart + 1 };
}

/** `file:line:column` of a place, as editors and terminals link it. */
export function formatPlace(place: Place): string {
  const { line, column } = positionOf(place);
  return `${place.source.path}:${line}:${column}`;
}
