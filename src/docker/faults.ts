import type { RegistryFault } from '../model/failure.ts';

/**
 * What docker's words mean. Its exit code is 1 for everything, and a registry's answer reaches us as
 * text that differs between pull, push, login and imagetools, and between the image stores. Rows are
 * tried in order: the first that fits decides. test/docker/faults.test.ts has a measured text of each.
 */
const TABLE: readonly (readonly [RegistryFault | 'absent', RegExp])[] = [
  // Said with the word "not found", but not of the image.
  ['unauthorized', /error getting credentials|docker-credential-/i],
  ['unknown', /no space left on device|no matching manifest for|no match for platform/i],
  ['rate-limited', /toomanyrequests|too many requests|rate limit|\b429\b/i],
  ['tls', /x509:|tls: |certificate|server gave HTTP response to HTTPS client/i],
  ['timeout', /timeout|deadline exceeded|timed out/i],
  [
    'unreachable',
    /connection refused|no such host|no route to host|network is unreachable|connection reset|broken pipe|server misbehaving|temporary failure in name resolution|unexpected EOF|: EOF\b/i,
  ],
  [
    'server-fault',
    /(?:HTTP status|status code|status|unexpected status)[^\n]{0,80}\b5\d\d\b|\b50[0-9] (?:Internal|Bad|Service|Gateway)|internal server error|bad gateway|service unavailable/i,
  ],
  [
    'unauthorized',
    /no basic auth credentials|unauthorized|authentication required|incorrect username or password|\b401\b/i,
  ],
  ['denied', /denied|forbidden|insufficient_scope|insufficient scope|\b403\b/i],
  [
    'absent',
    /manifest unknown|manifest_unknown|no such manifest|name unknown|name_unknown|not found|\b404\b/i,
  ],
];

/** What docker's error text says of the registry: absent, or why nobody can tell. */
export function classifyFault(text: string): RegistryFault | 'absent' {
  return TABLE.find(([, pattern]) => pattern.test(text))?.[0] ?? 'unknown';
}

const NO_DAEMON =
  /cannot connect to the docker daemon|is the docker daemon running|error during connect|failed to connect to the docker API|permission denied while trying to connect to the docker/i;
const NO_BUILDX =
  /buildx component is missing or broken|'buildx' is not a docker command|unknown command: docker buildx/i;
const OLD_ENGINE = /unsupported frontend capability moby\.buildkit\.frontend\.contexts/i;

/** Whether docker's words say that docker itself cannot be used, and how; null if they don't. */
export function classifyUnusable(text: string): 'no-daemon' | 'no-buildx' | 'old-engine' | null {
  if (NO_DAEMON.test(text)) return 'no-daemon';
  if (NO_BUILDX.test(text)) return 'no-buildx';
  if (OLD_ENGINE.test(text)) return 'old-engine';
  return null;
}

/** The line of docker's output that says what went wrong, without its prefixes. */
export function errorLine(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const line =
    lines.findLast((candidate) => /^error\b|error response/i.test(candidate)) ?? lines.at(-1);
  if (line === undefined) return 'docker failed and said nothing';
  return line.replace(/^(?:ERROR: |Error response from daemon: |error: )+/i, '');
}
