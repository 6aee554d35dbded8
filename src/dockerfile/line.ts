import type { Place, Source } from '../model/source.ts';
import { leadingBlanks, lengthWithoutBlanks } from './blanks.ts';

/** A word of an instruction. */
export interface Word {
  readonly text: string;
  readonly place: Place;
}

interface Piece {
  /** Where it begins in the line. */
  readonly at: number;
  /** Where it begins in the source. */
  readonly offset: number;
}

/** The text of an instruction on one line: pieces of a source, each of which knows its place. */
export class Line {
  readonly #pieces: readonly Piece[];

  constructor(
    readonly source: Source,
    readonly text: string,
    pieces: readonly Piece[],
  ) {
    this.#pieces = pieces;
  }

  /** A part of it; `end` is exclusive. */
  slice(start: number, end = this.text.length): Line {
    const first = this.#pieceAt(start);
    const pieces = this.#pieces.slice(first).map(({ at, offset }) => ({
      at: Math.max(at - start, 0),
      offset: offset + Math.max(start - at, 0),
    }));
    return new Line(this.source, this.text.slice(start, end), pieces);
  }

  /** It without the blanks around it. */
  trim(): Line {
    const end = lengthWithoutBlanks(this.text);
    return this.slice(Math.min(leadingBlanks(this.text), end), end);
  }

  /** Where a part of it stands in the source; `end` is exclusive. */
  place(start = 0, end = this.text.length): Place {
    const from = this.#offsetOf(start);
    return {
      source: this.source,
      start: from,
      end: end > start ? this.#offsetOf(end - 1) + 1 : from,
    };
  }

  #pieceAt(index: number): number {
    return Math.max(
      this.#pieces.findLastIndex(({ at }) => at <= index),
      0,
    );
  }

  #offsetOf(index: number): number {
    const piece = this.#pieces[this.#pieceAt(index)];
    return piece === undefined ? 0 : piece.offset + index - piece.at;
  }
}
