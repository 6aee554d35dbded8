/**
 * What an additional build context names: a folder of the user's, which is hashed and staged, or text
 * that docker reads by itself.
 *
 * Forms: https://docs.docker.com/reference/cli/docker/buildx/build/#build-context
 */
export function isRemoteContext(source: string): boolean {
  return REMOTE.some((form) => form.test(source));
}

const REMOTE = [
  /^[a-z][a-z0-9+.-]*:\/\//i,
  // Git without a scheme: git@host:path, github.com/owner/repository
  /^[\w.-]+@[\w.-]+:/,
  /^github\.com\//,
];

/** An OCI layout is a folder that is not hashed, unless its digest is in the text. */
export function isUnpinnedLayout(source: string): boolean {
  return source.startsWith('oci-layout://') && !/@sha256:[0-9a-f]{64}$/.test(source);
}
