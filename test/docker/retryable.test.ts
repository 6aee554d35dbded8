import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../src/docker/faults.ts';
import type { RegistryError } from '../../src/model/failure.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/docker/faults/', import.meta.url));

/** What was recorded of a case: `pull-classic` and so on, and docker's words. */
function recorded(name: string): [string, string][] {
  return readdirSync(`${FIXTURES}${name}`).map((file) => [
    file.replace(/\.txt$/, ''),
    readFileSync(`${FIXTURES}${name}/${file}`, 'utf8').replace(/\n$/, ''),
  ]);
}

describe('what was recorded', () => {
  const PASSES: Readonly<Record<string, RegistryError['retryable']>> = {
    silent: 'yes',
    'plain-429': 'yes',
    'spec-429': 'yes',
    'token-rate-limited': 'yes',
    'plain-500': 'yes',
    'plain-502': 'yes',
    'plain-503': 'yes',
    'plain-504': 'yes',
    'spec-500': 'yes',
    'spec-503': 'yes',
    'token-server-fault': 'yes',
    closed: 'yes',
    reset: 'yes',
    refused: 'perhaps',
    'no-such-host': 'no',
    'http-not-https': 'no',
    'untrusted-certificate': 'no',
    'hub-denied': 'no',
    'plain-403': 'no',
    'spec-403': 'no',
    'token-denied': 'no',
    'no-credentials': 'no',
    'plain-401': 'no',
    'spec-401': 'no',
    'token-unauthorized': 'no',
    'wrong-credentials': 'no',
    'helper-fails': 'no',
    'helper-missing': 'no',
    'absent-tag': 'no',
    'absent-repository': 'no',
    'blob-missing': 'no',
    'not-a-registry': 'no',
    'other-platform': 'no',
    'tag-immutable': 'no',
  };

  const all = Object.entries(PASSES).flatMap(([name, passes]) =>
    recorded(name).map(([recording, text]) => [name, recording, passes, text] as const),
  );

  it.each(all)('of %s, %s, may pass: %s', (name, recording, passes, text) => {
    const server = name === 'no-such-host' ? 'registry.invalid' : '127.0.0.1:5000';
    const ref = recording.startsWith('login') ? server : `${server}/team/app:1`;
    expect(refusalOf(text, ref).retryable).toBe(passes);
  });
});

// From the issues of docker, containerd and the registries; their wording, other versions.
describe('words that were not recorded', () => {
  it.each<[RegistryError['retryable'], string]>([
    ['yes', 'dial tcp 1.2.3.4:443: i/o timeout'],
    ['yes', 'net/http: TLS handshake timeout'],
    ['yes', 'Get "https://registry-1.docker.io/v2/": context deadline exceeded'],
    ['yes', 'toomanyrequests: You have reached your unauthenticated pull rate limit.'],
    ['yes', 'unexpected status from PUT request to https://x.test/v2/: 502 Bad Gateway'],
    ['yes', 'received unexpected HTTP status: 504 Gateway Time-out'],
    ['yes', 'write tcp 10.0.0.1:40000->10.0.0.2:443: write: broken pipe'],
    ['yes', 'failed to copy: httpReadSeeker: failed open: unexpected EOF'],
    ['yes', 'dial tcp: lookup x on 127.0.0.53:53: server misbehaving'],
    ['yes', 'dial tcp: lookup x.test: Temporary failure in name resolution'],
    ['yes', 'blob upload unknown'],
    ['yes', 'manifest blob unknown: blob unknown to registry'],
    ['no', 'unknown: blob unknown to registry'],
    [
      'yes',
      'unexpected status from PUT request to http://x.test/v2/a/manifests/1: 400 Bad Request',
    ],
    ['yes', 'unknown: blob upload invalid'],
    ['yes', 'blob upload unknown to registry'],
    ['perhaps', 'dial tcp 10.0.0.1:5000: connect: connection refused'],
    ['perhaps', 'proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused'],
    ['no', 'dial tcp: lookup x.test on 10.0.0.1:53: no such host'],
    ['no', 'dial tcp 1.2.3.4:443: connect: no route to host'],
    ['no', 'dial tcp 1.2.3.4:443: connect: network is unreachable'],
    ['no', 'tls: failed to verify certificate: x509: certificate signed by unknown authority'],
    ['no', 'server gave HTTP response to HTTPS client'],
    ['no', 'denied: requested access to the resource is denied'],
    ['no', 'unauthorized: authentication required'],
    ['no', 'failed to register layer: write /x: no space left on device'],
    ['no', 'unknown blob'],
    ['no', ''],
  ])('may pass: %s: %s', (passes, text) => {
    expect(refusalOf(text, 'x:1').retryable).toBe(passes);
  });
});

describe('a refusal', () => {
  it('of what is not there is no fault, and stays', () => {
    const text = 'Error response from daemon: manifest unknown';
    expect(refusalOf(text, 'x:1')).toEqual({
      is: 'absent',
      fault: 'unknown',
      message: 'manifest unknown',
      retryable: 'no',
    });
  });

  it.each([
    "tag invalid: The image tag '1' already exists in the 'x' repository and cannot be overwritten because the repository is immutable.",
    "tag invalid: The image tag '1' already exists in the 'x' repository and cannot be overwritten because the tag is immutable.",
    "unknown: Failed to process request due to 'x:1' configured as immutable.",
    'cannot update tag 1. The repository has enabled tag immutability',
    'denied: requested access to the resource is denied - This tag cannot be updated due to immutability settings.',
  ])('of another image under a tag that is kept: %s', (text) => {
    expect(refusalOf(text, 'x:1')).toEqual({
      is: 'kept',
      fault: 'unknown',
      message: text,
      retryable: 'no',
    });
  });

  it.each(['immutable/app:1', 'r.test/immutability:1', 'app:immutable'])(
    'is not taken from a name: %s',
    (ref) => {
      const text = `Error response from daemon: failed to resolve reference "${ref}": ${ref}: not found`;
      expect(refusalOf(text, ref).is).toBe('absent');
    },
  );

  it('of anything else is a registryError, in docker’s words', () => {
    const text =
      'Error response from daemon: Get "https://x.test/v2/": read: connection reset by peer';
    expect(refusalOf(text, 'x.test/x:1')).toEqual({
      is: 'error',
      fault: 'unreachable',
      message: 'Get "https://x.test/v2/": read: connection reset by peer',
      retryable: 'yes',
    });
  });

  it('may not pass by what a name says', () => {
    const text = 'Get "https://reset.test/v2/": dial tcp: lookup reset.test: no such host';
    expect(refusalOf(text, 'reset.test/eof/EOF:1').retryable).toBe('no');
  });
});
