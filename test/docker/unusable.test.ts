import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type DockerEnvironment, lacksBuildx, unusableBy } from '../../src/docker/unusable.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/docker/unusable/', import.meta.url));

const START =
  'start the Docker engine, or set DOCKER_HOST to one that runs (`docker info` shows more)';
const NO_TLS = 'for an engine without TLS unset DOCKER_TLS_VERIFY';
const ADDRESSES = 'must be like unix:///var/run/docker.sock, tcp://HOST:2376 or ssh://USER@HOST';
const WAIT = 'wait until the engine has started (`docker info` shows that), and run again';
const API = 'unset DOCKER_API_VERSION, or set it to one that the engine takes';

interface Row {
  /** What docker says comes first. */
  readonly message: string;
  readonly advice: string;
  readonly code?: string;
  /** The variables that were set when it was recorded. */
  readonly env?: DockerEnvironment;
}

/** What is said of each recorded case. test/rig/record-docker.ts brings them about. */
const CASES: Readonly<Record<string, Row>> = {
  'no-socket': {
    code: 'no-daemon',
    message:
      'docker does not answer: Cannot connect to the Docker daemon at unix:///nowhere/docker.sock. Is the docker daemon running?',
    advice: START,
  },
  'tcp-refused': {
    code: 'no-daemon',
    message:
      'docker does not answer: Cannot connect to the Docker daemon at tcp://127.0.0.1:2375. Is the docker daemon running?',
    advice: START,
  },
  'socket-of-others': {
    code: 'denied',
    message:
      'docker cannot be used: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied',
    advice:
      'let your user use the socket: `sudo usermod -aG docker "$USER"`, and log in anew; or run docker-ensure with sudo',
  },
  'no-context': {
    env: { DOCKER_CONTEXT: 'nowhere' },
    message: 'docker cannot be used: context "nowhere": context not found',
    advice:
      'set DOCKER_CONTEXT to a context that there is (`docker context ls` lists them), or unset it',
  },
  'no-current-context': {
    message: 'docker cannot be used: context "gone": context not found',
    advice:
      "`docker context use default` chooses docker's usual one, `docker context ls` lists all",
  },
  'no-certificates': {
    env: { DOCKER_CERT_PATH: '/record/case' },
    message: 'docker cannot be used: open /record/case/ca.pem: no such file or directory',
    advice: `see that ca.pem, cert.pem and key.pem are in the folder of DOCKER_CERT_PATH and can be read; ${NO_TLS}`,
  },
  'certificates-of-others': {
    message: 'docker cannot be used: open /record/case/ca.pem: permission denied',
    advice: `see that ca.pem, cert.pem and key.pem are in the folder that DOCKER_CERT_PATH should name and can be read; ${NO_TLS}`,
  },
  'no-key': {
    env: { DOCKER_CERT_PATH: '/record/case' },
    message: 'docker cannot be used: failed to retrieve context tls info: ca.pem seems invalid',
    advice: `see that ca.pem, cert.pem and key.pem are in the folder of DOCKER_CERT_PATH and can be read; ${NO_TLS}`,
  },
  'host-with-http': {
    env: { DOCKER_HOST: 'http://127.0.0.1:2375' },
    message: 'docker cannot be used: invalid bind address format: http://127.0.0.1:2375',
    advice: `DOCKER_HOST ${ADDRESSES}`,
  },
  'host-with-bad-port': {
    env: { DOCKER_HOST: 'tcp://127.0.0.1:port' },
    message: 'docker cannot be used: parse "tcp://127.0.0.1:port": invalid port ":port" after host',
    advice: `DOCKER_HOST ${ADDRESSES}`,
  },
  'api-too-new': {
    env: { DOCKER_API_VERSION: '1.99' },
    message:
      'docker cannot be used: client version 1.99 is too new. Maximum supported API version is 1.45',
    advice: API,
  },
  'api-too-old': {
    env: { DOCKER_API_VERSION: '1.12' },
    message:
      'docker cannot be used: client version 1.12 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
    advice: API,
  },
  'api-malformed': {
    env: { DOCKER_API_VERSION: 'latest' },
    message: 'docker cannot be used: page not found',
    advice: API,
  },
  'tcp-no-such-host': {
    code: 'unreachable',
    env: { DOCKER_HOST: 'tcp://docker.invalid:2375' },
    message:
      'docker cannot be used: error during connect: dial tcp: lookup docker.invalid on 192.0.2.53:53: no such host',
    advice: 'check the address in DOCKER_HOST, and the network',
  },
  'ssh-refused': {
    code: 'unreachable',
    message: 'docker cannot be used: ssh: connect to host 127.0.0.1 port 2222: Connection refused',
    advice: 'see that `ssh -l ann -p 2222 -- 127.0.0.1 docker version` works, and asks nothing',
  },
  'ssh-no-such-host': {
    code: 'unreachable',
    message:
      'docker cannot be used: ssh: Could not resolve hostname build.invalid: Name or service not known',
    advice: 'see that `ssh -l ann -- build.invalid docker version` works, and asks nothing',
  },
  'starting-desktop': {
    code: 'unreachable',
    message: 'docker cannot be used: Docker Desktop is unable to start',
    advice: WAIT,
  },
  'tls-expected': {
    message: 'docker cannot be used: Client sent an HTTP request to an HTTPS server.',
    advice:
      'an engine with TLS needs DOCKER_TLS_VERIFY=1 and its certificates in DOCKER_CERT_PATH; for one without, unset both',
  },
};

/** The clients do not say the same of these. */
const BY_CLIENT: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  starting: {
    '26.1': {
      code: 'unreachable',
      message: 'docker cannot be used: request returned Service Unavailable',
      advice: WAIT,
    },
    '28.2': {
      code: 'unreachable',
      message: 'docker cannot be used: request returned 503 Service Unavailable',
      advice: WAIT,
    },
  },
  'host-of-bad-ssh': {
    '26.1': {
      env: { DOCKER_HOST: 'ssh://ann@build.invalid?key=1' },
      message:
        'docker cannot be used: ssh host connection is not valid: extra query after the host: "key=1"',
      advice: `DOCKER_HOST ${ADDRESSES}`,
    },
    '28.2': {
      message:
        'docker cannot be used: ssh host connection is not valid: invalid SSH URL: query parameters are not allowed: "key=1"',
      advice: `the address of docker's context (\`docker context inspect\`) ${ADDRESSES}`,
    },
  },
};

function toldOf(text: string, env: DockerEnvironment = {}) {
  const told = unusableBy(text, env);
  return told && { code: told.code, message: told.message, advice: told.advice };
}

describe('docker that cannot be used', () => {
  const recordings = readdirSync(FIXTURES).flatMap((name) =>
    readdirSync(`${FIXTURES}${name}`).map((file): [string, string] => [
      name,
      file.replace('.txt', ''),
    ]),
  );

  it('is all in the table', () => {
    expect(readdirSync(FIXTURES).sort()).toEqual([
      ...[...Object.keys(CASES), ...Object.keys(BY_CLIENT)].sort(),
    ]);
  });

  it.each(recordings)('says why first, then what to do: %s, docker %s', (name, client) => {
    const {
      env,
      code = 'misconfigured',
      message,
      advice,
    } = (CASES[name] ?? BY_CLIENT[name]?.[client])!;
    const text = readFileSync(`${FIXTURES}${name}/${client}.txt`, 'utf8');
    expect(toldOf(text, env)).toEqual({ code, message, advice });
  });
});

// Of other versions and systems, by docker's issues.
describe('docker that cannot be used, in words that were not recorded', () => {
  it.each([
    [
      'denied',
      'Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://x": dial unix /var/run/docker.sock: connect: permission denied',
    ],
    [
      'denied',
      'permission denied while trying to connect to the docker API at unix:///run/docker.sock',
    ],
    [
      'no-daemon',
      'failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory',
    ],
    [
      'no-daemon',
      'ERROR: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?: driver not connecting',
    ],
    [
      'no-daemon',
      'error during connect: this error may indicate that the docker daemon is not running: Get "http://%2F%2F.%2Fpipe%2Fdocker_engine/v1.24/images/json": open //./pipe/docker_engine: The system cannot find the file specified.',
    ],
    [
      'misconfigured',
      'Current context "nowhere" is not found on the file system, please check your config file at /root/.docker/config.json',
    ],
    [
      'misconfigured',
      'unable to resolve docker endpoint: open /x/ca.pem: no such file or directory',
    ],
    [
      'misconfigured',
      'error during connect: Get "https://x:2376/v1.45/version": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ],
    [
      'misconfigured',
      'ERROR: Error response from daemon: client version 1.99 is too new. Maximum supported API version is 1.45: driver not connecting',
    ],
    [
      'unreachable',
      'request returned Internal Server Error for API route and version http://%2F%2F.%2Fpipe%2Fdocker_engine/_ping, check if the server supports the requested API version',
    ],
    [
      'old-engine',
      'ERROR: failed to solve: failed to solve with frontend dockerfile.v0: failed to create LLB definition: unsupported frontend capability moby.buildkit.frontend.contexts',
    ],
  ])('is known: %s: %s', (code, text) => {
    expect(toldOf(`WARNING: x\n${text}`)?.code).toBe(code);
  });

  it("takes ssh's last line for the cause", () => {
    const text = `error during connect: Head "http://docker.example.com/_ping": command [ssh -o ConnectTimeout=30 -T -l ann -- build docker --host unix:///run/docker.sock system dial-stdio] has exited with exit status 255, make sure the URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=Warning: Permanently added 'build'.\r\nann@build: Permission denied (publickey).\r\n`;
    expect(toldOf(text)).toMatchObject({
      message: 'docker cannot be used: ann@build: Permission denied (publickey).',
      advice: 'see that `ssh -l ann -- build docker version` works, and asks nothing',
    });
  });

  it('tells a docker command that is too old from a variable', () => {
    const text =
      'Error response from daemon: client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version';
    expect(toldOf(text)?.advice).toBe('update the docker command: it is too old for the engine');
  });

  it.each([
    'ERROR: BuildKit is enabled but the buildx component is missing or broken.\n       Install the buildx component to build images with BuildKit:\n       https://docs.docker.com/go/buildx/',
    "docker: 'buildx' is not a docker command.\nSee 'docker --help'",
    "docker: unknown command: docker buildx\n\nRun 'docker --help' for more information",
    "unknown flag: --load\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\nRun 'docker --help' for more information",
    "unknown shorthand flag: 'f' in -f\nSee 'docker --help'.",
  ])('has no buildx: %s', (text) => {
    expect(lacksBuildx(text)).toBe(true);
    expect(toldOf(text)).toBeNull();
  });

  it.each([
    "unknown flag: --metadata-file\nSee 'docker buildx build --help'.",
    'Error response from daemon: manifest unknown',
    'Error response from daemon: Get "https://r.test/v2/": dial tcp: lookup r.test: no such host',
    'Error response from daemon: Get "https://r.test/v2/": http: server gave HTTP response to HTTPS client',
    '',
  ])('is not taken from other failures: %s', (text) => {
    expect([lacksBuildx(text), toldOf(text)]).toEqual([false, null]);
  });
});
