import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errorLine, refusalOf } from '../../src/docker/faults.ts';
import { lacksBuildx, unusableBy } from '../../src/docker/unusable.ts';
import type { RegistryFault } from '../../src/model/failure.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/docker/faults/', import.meta.url));

type Fault = RegistryFault | 'absent' | 'kept';

function faultOf(text: string, name: string): Fault {
  const { is, fault } = refusalOf(text, name);
  return is === 'error' ? fault : is;
}

/**
 * What each recorded case is; by verb, or by verb and store, where docker does not say the same.
 * test/rig/record-docker.ts plays and records the cases.
 */
const CASES: Readonly<Record<string, Fault | Readonly<Record<string, Fault>>>> = {
  'absent-repository': 'absent',
  'absent-tag': 'absent',
  // A registry that has the image, but not all of it.
  'blob-missing': 'unknown',
  closed: 'unreachable',
  'ecr-no-repository': {
    pull: 'absent',
    probe: 'absent',
    push: 'absent',
    'push-containerd': 'unknown',
  },
  harbor: 'absent',
  'helper-fails': 'unauthorized',
  'helper-missing': 'unauthorized',
  'http-not-https': 'tls',
  'denied-google': 'denied',
  // The registry's own words are Docker Hub's, and docker shows them as the bare code.
  'denied-in-hub-words': 'denied',
  'denied-harbor': 'unauthorized',
  'expired-at-token-server': 'unauthorized',
  // Only the classic store's pull and push say what the registry said.
  'expired-ecr': {
    'pull-classic': 'unauthorized',
    'push-classic': 'unauthorized',
    pull: 'denied',
    push: 'denied',
    probe: 'denied',
    login: 'denied',
  },
  'expired-token': {
    pull: 'unauthorized',
    probe: 'unauthorized',
    push: 'unauthorized',
    // It keeps to itself what the registry said.
    'pull-containerd': 'denied',
  },
  // Docker Hub says the same of what is private and of what does not exist.
  'hub-denied': 'denied',
  'no-credentials': 'unauthorized',
  'no-such-host': 'unreachable',
  // A web server that knows nothing of images.
  'not-a-registry': 'unknown',
  'not-here': 'unknown',
  'other-platform': 'unknown',
  'plain-401': 'unauthorized',
  'plain-403': 'denied',
  // Of a bare 404 the classic store says so little that it may come from any web server.
  'plain-404': {
    pull: 'unknown',
    'pull-containerd': 'absent',
    probe: 'absent',
    push: 'unknown',
    login: 'unknown',
  },
  'plain-404-manifest': { pull: 'unknown', 'pull-containerd': 'absent', probe: 'absent' },
  'plain-429': 'rate-limited',
  'plain-500': 'server-fault',
  'plain-502': 'server-fault',
  'plain-503': 'server-fault',
  'plain-504': 'server-fault',
  'read-only': 'unknown',
  refused: 'unreachable',
  reset: 'unreachable',
  silent: 'timeout',
  'spec-401': 'unauthorized',
  'spec-403': 'denied',
  'spec-404-manifest': 'absent',
  'spec-404-name': {
    pull: 'absent',
    probe: 'absent',
    push: 'absent',
    'push-containerd': 'unknown',
  },
  'spec-429': 'rate-limited',
  'spec-500': 'server-fault',
  'spec-503': 'server-fault',
  'tag-immutable': 'kept',
  'token-denied': 'denied',
  'token-rate-limited': 'rate-limited',
  'token-server-fault': 'server-fault',
  'token-unauthorized': 'unauthorized',
  'untrusted-certificate': 'tls',
  'wrong-credentials': 'unauthorized',
  'blob-429': 'rate-limited',
  'blob-500': 'server-fault',
  'blob-503': 'server-fault',
  'blob-reset': 'unreachable',
  'blob-spoiled': 'unknown',
  'immutable-ecr': 'kept',
  'immutable-google': 'kept',
  'immutable-harbor': 'kept',
  'immutable-quay': 'kept',
  'manifest-put-429': 'rate-limited',
  'manifest-put-503': 'server-fault',
  'manifest-reset': 'unreachable',
  'upload-too-large': 'unknown',
  'upload-unknown': 'unknown',
  'locked-azure': 'unknown',
  // The containerd store says the status only.
  'immutable-hub': { push: 'kept', 'push-containerd': 'denied' },
};

/** Cases in which docker itself cannot be used, as far as it says so. */
const UNUSABLE: Readonly<Record<string, readonly string[]>> = {
  'no-buildx': ['probe'],
  'no-context': ['pull', 'push', 'login'],
  'no-daemon': ['pull', 'push'],
  'no-daemon-host': ['pull', 'push'],
  'no-daemon-tcp': ['pull', 'push'],
};

function saysUnusable(text: string): boolean {
  return lacksBuildx(text) || unusableBy(text, {}) !== null;
}

/** `pull-classic` and so on: what was recorded of a case. */
function recorded(name: string): string[] {
  return readdirSync(`${FIXTURES}${name}`).map((file) => file.replace(/\.txt$/, ''));
}

function textOf(name: string, recording: string): string {
  return readFileSync(`${FIXTURES}${name}/${recording}.txt`, 'utf8').replace(/\n$/, '');
}

/** What docker was asked about when the case was recorded. */
function nameIn(name: string, recording: string): string {
  const server = ['no-such-host'].includes(name)
    ? 'registry.invalid'
    : ['untrusted-certificate', 'http-not-https'].includes(name)
      ? '192.0.2.7:5000'
      : '127.0.0.1:5000';
  if (recording.startsWith('login')) return server;
  return `${server}/team/${name === 'not-here' ? 'never-built' : 'app'}:1`;
}

const recordings = Object.keys(CASES).flatMap((name) =>
  recorded(name).map((recording): [string, string, Fault] => {
    const fault = CASES[name]!;
    const verb = recording.replace(/-.*/, '');
    return [
      name,
      recording,
      typeof fault === 'string' ? fault : (fault[recording] ?? fault[verb])!,
    ];
  }),
);

describe("docker's words for what a registry answers", () => {
  it('are all in the table', () => {
    expect(readdirSync(FIXTURES).sort()).toEqual(
      [...Object.keys(CASES), ...Object.keys(UNUSABLE)].sort(),
    );
  });

  it.each(recordings)('of %s, %s, mean %s', (name, recording, fault) => {
    const text = textOf(name, recording);
    expect(faultOf(text, nameIn(name, recording))).toBe(fault);
    expect(saysUnusable(text)).toBe(false);
  });
});

describe('"denied" in the words for what does not exist', () => {
  const said = recordings.flatMap(([name, recording]) =>
    refusalOf(textOf(name, recording), nameIn(name, recording)).mayBeAbsent === true
      ? `${name}/${recording}`
      : [],
  );

  it('is what Docker Hub says, and nobody else', () => {
    expect(said).toEqual([
      // The engine keeps to itself what the registry said.
      'expired-token/pull-containerd',
      'hub-denied/probe-classic',
      'hub-denied/probe-containerd',
      'hub-denied/pull-classic',
      'hub-denied/pull-containerd',
      'hub-denied/push-containerd',
    ]);
  });
});

describe('a login that has expired', () => {
  it.each([
    ['expired-ecr', 'pull-classic'],
    ['expired-ecr', 'push-classic'],
    ['expired-token', 'probe-containerd'],
    ['expired-at-token-server', 'login-classic'],
  ])('has its own advice: %s, %s', (name, recording) => {
    expect(refusalOf(textOf(name, recording), nameIn(name, recording)).advice).toBe(
      'the login has expired: log in again (`docker login`), or give the registry a new password',
    );
  });
});

describe('docker that cannot be used', () => {
  const all = Object.entries(UNUSABLE).flatMap(([name, verbs]) =>
    recorded(name).map((recording): [string, string, boolean] => [
      name,
      recording,
      verbs.includes(recording.replace(/-.*/, '')),
    ]),
  );

  it.each(all)('says so in %s, %s: %s', (name, recording, says) => {
    expect(saysUnusable(textOf(name, recording))).toBe(says);
  });
});

// From the issues of docker, containerd and the registries; their wording, other versions.
describe('words that were not recorded', () => {
  it.each<[Fault, string]>([
    [
      'absent',
      'Error response from daemon: manifest for x:1 not found: manifest unknown: manifest unknown',
    ],
    [
      'absent',
      'Error response from daemon: failed to resolve reference "docker.io/library/x:1": docker.io/library/x:1: not found',
    ],
    [
      'absent',
      'Error response from daemon: manifest unknown: Failed to fetch "1" from request "/v2/p/x/manifests/1".',
    ],
    ['absent', 'Error response from daemon: manifest unknown: Requested image not found'],
    [
      'absent',
      'Error response from daemon: unknown: resource not found: repo library/x, tag 1 not found',
    ],
    ['absent', 'no such manifest: docker.io/library/x:1'],
    [
      'denied',
      "Error response from daemon: pull access denied for x, repository does not exist or may require 'docker login'",
    ],
    [
      'denied',
      'Error response from daemon: denied: installation not allowed to Create organization package',
    ],
    ['unauthorized', 'Error response from daemon: unauthorized: incorrect username or password'],
    [
      'unauthorized',
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": unauthorized: incorrect username or password',
    ],
    [
      'unauthorized',
      'error getting credentials - err: exec: "docker-credential-desktop": executable file not found in $PATH, out: ``',
    ],
    [
      'rate-limited',
      'Error response from daemon: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
    ],
    [
      'unreachable',
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused',
    ],
    [
      'unreachable',
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: Temporary failure in name resolution',
    ],
    [
      'unreachable',
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp 1.2.3.4:443: connect: network is unreachable',
    ],
    [
      'unreachable',
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp 1.2.3.4:443: connect: no route to host',
    ],
    ['unreachable', 'dial tcp: lookup x on 127.0.0.53:53: server misbehaving'],
    ['unreachable', 'write tcp 10.0.0.1:40000->10.0.0.2:443: write: broken pipe'],
    ['unreachable', 'failed to copy: httpReadSeeker: failed open: unexpected EOF'],
    [
      'timeout',
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
    ],
    [
      'timeout',
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": context deadline exceeded',
    ],
    ['timeout', 'dial tcp 1.2.3.4:443: i/o timeout'],
    [
      'tls',
      'Error response from daemon: Get "https://x:5000/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ],
    [
      'tls',
      'Error response from daemon: Get "https://x:5000/v2/": x509: certificate has expired or is not yet valid',
    ],
    ['unknown', 'no matching manifest for linux/arm64/v8 in the manifest list entries: not found'],
    ['unknown', 'failed to register layer: write /x: no space left on device'],
    // A notary server, not the registry.
    [
      'unknown',
      'Error: error contacting notary server: dial tcp 10.0.0.1:4443: connect: connection refused',
    ],
    [
      'unknown',
      'Error: error contacting notary server: x509: certificate signed by unknown authority',
    ],
    [
      'unknown',
      'Error: remote trust data does not exist for docker.io/library/x: notary.docker.io does not have trust data for docker.io/library/x',
    ],
    ['unknown', 'failed to copy: content digest sha256:12: not found'],
    ['unknown', 'unknown blob'],
    ['unknown', ''],
  ])('mean %s: %s', (fault, text) => {
    expect(faultOf(text, 'x:1')).toBe(fault);
  });
});

describe('a name that says something', () => {
  const absent = (ref: string) => [
    `Error response from daemon: manifest for ${ref} not found: manifest unknown: manifest unknown`,
    `Error response from daemon: failed to resolve reference "${ref}": ${ref}: not found`,
    `ERROR: ${ref}: not found`,
    `Error response from daemon: repository ${ref.replace(/:[^:]*$/, '')} not found: name unknown`,
  ];

  it.each([
    'team/rate-limit:429',
    'registry.test:5000/x509/certificate:401',
    'timeout.test/denied/forbidden:403',
    'registry.test/unauthorized:status-500',
    'app:429',
    'docker.io/library/app:503-bad-gateway',
    'tls:x509',
    'timeout:1',
  ])('is not taken for an answer: %s', (ref) => {
    for (const text of absent(ref)) expect(faultOf(text, ref)).toBe('absent');
  });

  it('is known in each of its spellings', () => {
    const text =
      'failed to resolve reference "docker.io/library/timeout:404": docker.io/library/timeout:404: not found';
    expect(faultOf(text, 'timeout:404')).toBe('absent');
  });

  it('does not hide the words of docker', () => {
    const text =
      "pull access denied for denied, repository does not exist or may require 'docker login'";
    expect(faultOf(text, 'denied')).toBe('denied');
    expect(faultOf('toomanyrequests: rate limit', 'rate:1')).toBe('rate-limited');
    expect(faultOf('unauthorized: authentication required', 'unauthorized')).toBe('unauthorized');
  });

  it('is not taken for an answer where it is a server', () => {
    const text =
      'Get "https://timeout.test/v2/": dial tcp: lookup timeout.test on 10.0.0.1:53: no such host';
    expect(faultOf(text, 'timeout.test')).toBe('unreachable');
    expect(faultOf(text, 'timeout.test/app:1')).toBe('unreachable');
  });
});

describe('the line that says what went wrong', () => {
  it.each([
    ['', 'docker failed and said nothing'],
    ['\n \n', 'docker failed and said nothing'],
    ['Error response from daemon: manifest unknown', 'manifest unknown'],
    ['ERROR: x:1: not found\n', 'x:1: not found'],
    [
      'the keychain is locked\nERROR: error getting credentials - err: exit status 1, out: ``',
      'error getting credentials - err: exit status 1, out: ``',
    ],
    ['the keychain is locked\nno basic auth credentials', 'no basic auth credentials'],
    ['ERROR: failed\n\nLearn more at https://docs.docker.com', 'failed'],
    ['error: Error response from daemon: ERROR: nested', 'nested'],
    [
      'WARNING! Your password will be stored unencrypted\nError response from daemon: Get "http://x/v2/": EOF',
      'Get "http://x/v2/": EOF',
    ],
    ['errors were many\nlast line', 'last line'],
    ['Error response from daemon: unauthorized:', 'unauthorized'],
  ])('of %j is %j', (text, line) => {
    expect(errorLine(text)).toBe(line);
  });

  it.each(recordings)('is one line, of %s, %s', (name, recording) => {
    const line = errorLine(textOf(name, recording));
    expect(line).not.toMatch(/\n|^error: |response from daemon|:$/i);
    expect(line).not.toBe('');
  });
});
