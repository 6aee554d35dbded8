/**
 * Finds where `${NAME:-word}` ends, as docker compose does: braces are counted, so that a word may hold
 * `{"a":1}` or further interpolations, and it ends in the line that it begins in. The character after a
 * `{` is not looked at. Where the braces do not come out even, the last `}` of the line counts.
 *
 * https://github.com/compose-spec/compose-go/blob/v2.9.1/template/template.go
 */
export class Braces {
  /** The line that was looked at last, and its last `}`. */
  #lineEnd = -1;
  #last = -1;

  /** Knows `text` up to `end`. */
  constructor(
    readonly text: string,
    readonly end: number,
  ) {}

  /** The offset of the `}` that closes the `${` at `start`, its word beginning at `word`; or null. */
  closing(start: number, word: number): number | null {
    if (start >= this.#lineEnd) this.#lookAtLine(start);
    return this.#last < word ? null : (this.#balanced(start) ?? this.#last);
  }

  #lookAtLine(start: number): void {
    const newline = this.text.indexOf('\n', start);
    this.#lineEnd = newline < 0 ? this.end : Math.min(newline, this.end);
    this.#last = this.text.lastIndexOf('}', this.#lineEnd - 1);
  }

  #balanced(start: number): number | null {
    let open = 0;
    for (let at = start; at <= this.#last; at += 1) {
      const character = this.text[at];
      if (character === '}') {
        open -= 1;
        if (open === 0) return at;
      } else if (character === '{') {
        open += 1;
        at += 1;
      }
    }
    return null;
  }
}
