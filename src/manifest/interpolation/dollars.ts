import type { Place } from '../../model/source.ts';

/**
 * Finds places within a string: from offsets in the string that YAML makes of a scalar to those in
 * the file, quotes, escapes and indentation in between. Only offsets of `$` are asked for, so it is
 * enough to count them on both sides.
 */
export class DollarPlaces {
  readonly #inFile: readonly number[];
  /** Which `$` of the string, by its offset. */
  readonly #inString: ReadonlyMap<number, number>;

  constructor(
    readonly scalar: Place,
    readonly written: string,
  ) {
    this.#inString = new Map(dollarsIn(written).map((offset, index) => [offset, index]));
    const text = scalar.source.text.slice(scalar.start, scalar.end);
    const header = BLOCK_HEADER.exec(text)?.[0].length ?? 0;
    this.#inFile = dollarsIn(text.slice(header)).map((offset) => offset + header);
  }

  /** The place of `written.slice(start, end)`, or the whole scalar where `\x24` hides a `$`. */
  placeOf(start: number, end: number): Place {
    const { source } = this.scalar;
    const offset = this.#inFile[this.#inString.get(start) ?? -1];
    if (offset === undefined || this.#inFile.length !== this.#inString.size) return this.scalar;
    const begin = this.scalar.start + offset;
    const whole = source.text.startsWith(this.written.slice(start, end), begin);
    return { source, start: begin, end: begin + (whole ? end - start : 2) };
  }
}

/** The first line of a block scalar: its indicators, and perhaps a comment. */
const BLOCK_HEADER = /^[|>].*/;

function dollarsIn(text: string): number[] {
  return [...text.matchAll(/\$/g)].map((match) => match.index);
}
