/** What registries answer when they refuse: the errors of the distribution spec, by status. */

/** An answer that the proxy gives in the registry's place. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

function refusal(status: number, code: string, message: string): Refusal {
  const body = JSON.stringify({ errors: [{ code, message, detail: null }] });
  return { status, body, headers: { 'content-type': 'application/json' } };
}

export const UNAUTHORIZED = refusal(401, 'UNAUTHORIZED', 'authentication required');
export const DENIED = refusal(403, 'DENIED', 'access forbidden');
export const EXPIRED = refusal(
  403,
  'DENIED',
  'Your authorization token has expired. Reauthenticate and try again.',
);
/** What Docker Hub says of a repository that is hidden, and of one that does not exist. */
export function hidden(host: string): Refusal {
  const challenge = `Bearer realm="http://${host}/token",service="registry",error="insufficient_scope"`;
  const { headers, ...refused } = UNAUTHORIZED;
  return { ...refused, headers: { ...headers, 'www-authenticate': challenge } };
}

/** What a token server gives to everybody. */
export const TOKEN: Refusal = {
  status: 200,
  body: '{"token":"t","access_token":"t"}',
  headers: { 'content-type': 'application/json' },
};

export const NO_MANIFEST = refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
export const NO_NAME = refusal(404, 'NAME_UNKNOWN', 'repository name not known to registry');
export const NO_BLOB = refusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
export const BROKEN = refusal(500, 'UNKNOWN', 'unknown error');
export const ASLEEP = refusal(503, 'UNAVAILABLE', 'service unavailable');

const tooMany = refusal(429, 'TOOMANYREQUESTS', 'too many requests');
export const TOO_MANY: Refusal = {
  ...tooMany,
  headers: { ...tooMany.headers, 'retry-after': '1' },
};

/** What registries say of a tag that is there and may not be written again, in their own words. */
export const IMMUTABLE = {
  ecr: refusal(
    400,
    'TAG_INVALID',
    "The image tag '1' already exists in the 'app' repository and cannot be overwritten because the tag is immutable.",
  ),
  quay: refusal(409, 'TAG_IMMUTABLE', 'tag is immutable and cannot be overwritten'),
  harbor: refusal(
    412,
    'PRECONDITION',
    "Failed to process request due to 'app:1' configured as immutable.",
  ),
};
