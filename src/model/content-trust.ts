/**
 * True for words that docker has only for content trust: with DOCKER_CONTENT_TRUST it asks a notary
 * server for the signature of what it pulls, and signs what it pushes.
 * https://github.com/docker/cli/blob/v26.1.5/cli/trust/trust.go
 */
export function isContentTrust(text: string): boolean {
  return /error contacting notary server|trust data (?:does not exist|missing|mismatch|available|version is lower|has insufficient)|valid trust data|signing keys? for remote repository|valid signature for|remote repository \S+ out-of-date/i.test(
    text,
  );
}

export const CONTENT_TRUST_ADVICE =
  'DOCKER_CONTENT_TRUST is set, so docker asks a notary server (DOCKER_CONTENT_TRUST_SERVER) about signatures: have the image signed there, or unset DOCKER_CONTENT_TRUST';
