/**
 * A text as a part of a tag or a key: each run of characters that neither can have becomes a dash, dots and dashes at
 * the beginning go, and 128 characters are kept. `feature/x` becomes `feature-x`. What has several lines stays as it is:
 * it is no name.
 */
export function safeName(text: string): string {
  if (text.includes('\n')) return text;
  return safeCharacters(text)
    .replace(/^[.-]+/, '')
    .slice(0, 128);
}

/** A text whose place in a tag is not known: only its characters are made fit. */
export function safeCharacters(text: string): string {
  return text.includes('\n') ? text : text.replace(/[^A-Za-z0-9_.-]+/g, '-');
}
