/** What Go calls white space: https://pkg.go.dev/unicode#IsSpace. JavaScript's `\s` is another set. */
const BLANK =
  '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const ONE = new RegExp(`^${BLANK}$`);
const LEADING = new RegExp(`^${BLANK}+`);

/** True for a character that Go calls white space. */
export function isBlank(character: string): boolean {
  return ONE.test(character);
}

/** How many blanks a text begins with. */
export function leadingBlanks(text: string): number {
  return LEADING.exec(text)?.[0].length ?? 0;
}

/** The length of a text without the blanks that it ends with. */
export function lengthWithoutBlanks(text: string): number {
  let length = text.length;
  while (length > 0 && isBlank(text.charAt(length - 1))) length -= 1;
  return length;
}

/** What parts the words of an instruction: fewer characters than Go's white space. */
export const SEPARATOR = /[\t\v\f\r ]+/;
