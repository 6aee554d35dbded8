/**
 * A string of the manifest after interpolation. Its `${images.KEY.ref}` parts stay open until that
 * image's reference is known: a reference may carry a hash, and hashes come parents first.
 */
export type Text = readonly TextPart[];

export type TextPart = string | { readonly refOf: string };

/** The text with every `${images.KEY.ref}` replaced by what `refOf` gives for KEY. */
export function resolveText(text: Text, refOf: (image: string) => string): string {
  return text.map((part) => (typeof part === 'string' ? part : refOf(part.refOf))).join('');
}
