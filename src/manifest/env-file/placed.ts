/** A text made from a part of a file, with the offset in the file of each of its characters. */
export interface Placed {
  readonly text: string;
  readonly at: readonly number[];
}

/** The part of a file from `start` to `end`, as it is written. */
export function placed(file: string, start: number, end: number): Placed {
  const at = Array.from({ length: end - start }, (_, index) => start + index);
  return { text: file.slice(start, end), at };
}

/** Puts other texts in the place of what a pattern finds; each counts as standing where that began. */
export function replaced(
  { text, at }: Placed,
  pattern: RegExp,
  by: (match: string) => string,
): Placed {
  const texts: string[] = [];
  const offsets: number[] = [];
  let done = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    const other = by(match);
    texts.push(text.slice(done, index), other);
    for (const offset of at.slice(done, index)) offsets.push(offset);
    for (let i = 0; i < other.length; i += 1) offsets.push(at[index] ?? 0);
    done = index + match.length;
  }
  for (const offset of at.slice(done)) offsets.push(offset);
  return { text: [...texts, text.slice(done)].join(''), at: offsets };
}
