import { isContentTrust } from '../model/content-trust.ts';
import type { RegistryError, RegistryFault } from '../model/failure.ts';
import { familiarReference, normalizedReference, parseReference } from '../model/reference.ts';

/** A login that is too old: 403 of ECR, 401 of others. */
const EXPIRED =
  /\b(?:token|login|credentials?|password)\b[^\n]{0,40}\bexpired\b|\bexpired\b[^\n]{0,20}\b(?:token|login|credentials?|password)\b|\breauthenticate\b|invalid_token/i;

/**
 * What docker's words mean. Its exit code is 1 for everything, and a registry's answer reaches us as
 * text that differs between pull, push, login and imagetools, and between the image stores. Rows are
 * tried in order: the first that fits decides. Names are taken out of the text before: an image may
 * be called `rate-limit`, and have the tag `404`.
 *
 * test/docker/faults.test.ts has a measured text of each, from fixtures/docker/faults.
 */
const TABLE: readonly (readonly [Class, Pick<RegExp, 'test'>])[] = [
  // Said of a notary server, whatever it is that fails there.
  ['unknown', { test: isContentTrust }],
  // Said with the word "not found", but not of the image.
  ['unauthorized', /error getting credentials|docker-credential-/i],
  ['unknown', /no space left on device|no matching manifest for|no match for platform/i],
  [
    'kept',
    // The containerd store does not pass on what the registry says: of another status nobody can tell.
    /immutab|already exists[^\n]*cannot be overwritten|ref "manifest-[^"]*": unexpected status from PUT request to URL:? (?:400|409|412)\b/i,
  ],
  ['rate-limited', /toomanyrequests|too many requests|rate limit|\b429\b/i],
  [
    'server-fault',
    /(?:HTTP status|status code|status|unexpected status)[^\n]{0,80}\b5\d\d\b|\b50[0-9] (?:Internal|Bad|Service|Gateway)|internal server error|bad gateway|service unavailable/i,
  ],
  ['tls', /x509:|tls: |certificate|server gave HTTP response to HTTPS client/i],
  ['timeout', /timeout|deadline exceeded|timed out/i],
  [
    'unreachable',
    /connection refused|no such host|no route to host|network is unreachable|connection reset|broken pipe|use of closed network connection|server misbehaving|temporary failure in name resolution|unexpected EOF|: EOF\b/i,
  ],
  [
    'unauthorized',
    /no basic auth credentials|unauthorized|authentication required|incorrect username or password|\b401\b/i,
  ],
  // Before the words for what is denied, which docker puts before these.
  ['unauthorized', EXPIRED],
  ['denied', /denied|forbidden|insufficient_scope|insufficient scope|\b403\b/i],
  // "Not found" alone may be said of a part of the image, or by a server that is no registry.
  [
    'absent',
    /manifest unknown|manifest_unknown|no such manifest|name unknown|name_unknown|REF: not found|unknown: (?:artifact REF|resource) not found/i,
  ],
];

/**
 * What became of a request. `absent`: the registry does not have what was asked for; `kept`: it has
 * another image under the tag, which is not to be overwritten; else a fault.
 */
type Class = RegistryFault | 'absent' | 'kept';

/** A request that came to nothing. */
export type Refusal = { readonly is: 'absent' | 'kept' | 'error' } & RegistryError;

/** What docker's error text about `name`, a reference or a server, says. */
export function refusalOf(text: string, name: string): Refusal {
  const words = withoutNames(text, name);
  const found = TABLE.find(([, pattern]) => pattern.test(words))?.[0] ?? 'unknown';
  const message = errorLine(text);
  if (found === 'absent' || found === 'kept')
    return { is: found, fault: 'unknown', message, retryable: 'no' };
  const registryError = {
    is: 'error',
    fault: found,
    message,
    retryable: isRetryable(found, words, text),
  } as const;
  if (found === 'unauthorized' && EXPIRED.test(words))
    return { ...registryError, advice: LOG_IN_AGAIN };
  return found === 'denied' && HIDES.test(words)
    ? { ...registryError, mayBeAbsent: true }
    : registryError;
}

/**
 * The same of a push. One that is refused since there is no such repository comes with advice: some registries make
 * one by the first push, others want it, or the project that it is in, to be there.
 */
export function pushRefusalOf(text: string, name: string): Refusal {
  const refusal = refusalOf(text, name);
  const lacksRepository = refusal.is === 'absent' || NO_UPLOAD.test(text);
  return lacksRepository ? { ...refusal, advice: NO_REPOSITORY } : refusal;
}

/** The containerd store does not pass on what the registry says. */
const NO_UPLOAD = /POST request to \S*\/blobs\/uploads\/\S*:? 404\b/i;

const NO_REPOSITORY =
  'if the registry makes no repositories by itself, make this one, or its project, there first; else check the name of the image and the server';

const LOG_IN_AGAIN =
  'the login has expired: log in again (`docker login`), or give the registry a new password';

/**
 * Said of a repository that may not be seen, and of one that does not exist: a token without the scope
 * that was asked for (Docker Hub). Never of a 403, whose words docker puts behind the same beginning.
 */
const HIDES =
  /insufficient.scope|repository does not exist or may require 'docker login'(?:: denied: requested access to the resource is denied)?\s*$/im;

/** Whether it is worth to try again. */
function isRetryable(
  fault: RegistryFault,
  words: string,
  text: string,
): RegistryError['retryable'] {
  if (fault === 'timeout' || fault === 'server-fault' || fault === 'rate-limited') return 'yes';
  if (fault === 'unknown') return SPOILED.test(words) || LOST.test(text) ? 'yes' : 'no';
  if (fault !== 'unreachable') return 'no';
  if (INTERRUPTED.test(words)) return 'yes';
  return /connection refused/i.test(words) ? 'perhaps' : 'no';
}

const INTERRUPTED =
  /connection reset|broken pipe|\bEOF\b|temporary failure|server misbehaving|use of closed network connection/i;

/**
 * A registry that was started anew knows no more of what was half sent to it; and what arrived spoiled
 * may arrive whole.
 */
const SPOILED =
  /manifest blob unknown|blob upload (?:unknown|invalid)|verification failed for digest|filesystem layer verification failed|unexpected commit digest/i;

/**
 * An upload that the registry knows no more (of a manifest a 404 is an answer), and a manifest that came
 * before one of its layers, which another machine was uploading: 400 is how the distribution registry
 * says `MANIFEST_BLOB_UNKNOWN`.
 */
const LOST = /PUT request to \S*(?:\/blobs\/uploads\/\S*:? 404|\/manifests\/\S*:? 400)\b/i;

/** The text with addresses left out, and `REF` for the reference in each of its spellings. */
function withoutNames(text: string, name: string): string {
  const bare = text.replace(/"https?:\/\/[^"]*"|https?:\/\/\S+/g, 'URL');
  const spellings = spellingsOf(name).sort((a, b) => b.length - a.length);
  return spellings.reduce((words, spelling) => words.replaceAll(standing(spelling), 'REF'), bare);
}

function spellingsOf(name: string): string[] {
  const reference = parseReference(name);
  if (reference === null) return [name];
  const { server, repository, tag } = reference;
  const familiar = familiarReference(reference);
  const full = [name, normalizedReference(reference), familiar, `${repository}:${tag}`];
  return [...full, ...full.map((spelling) => spelling.replace(/:[^:/]*$/, '')), server];
}

/** The name where it stands for itself. A plain word is one only where docker puts a name. */
function standing(name: string): RegExp {
  const word = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const before = /[/:]/.test(name)
    ? `(?<![\\w./-])`
    : `(?<=\\b(?:for|lookup|tag:|repository) |["'])`;
  return new RegExp(`${before}${word}(?![\\w/-]|[.:]\\w)`, 'g');
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
  return line.replace(/^(?:ERROR: |Error response from daemon: |error: )+/i, '').replace(/:$/, '');
}
