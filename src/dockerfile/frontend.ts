/**
 * True where another frontend than docker's own reads a Dockerfile: then its rules are not known. `syntax` is
 * the image that its `# syntax=` or the build argument BUILDKIT_SYNTAX names, null without either.
 */
export function isForeign(syntax: string | null): boolean {
  return syntax !== null && !/(^|\/)docker\/dockerfile(-upstream)?(:|@|$)/.test(syntax);
}
