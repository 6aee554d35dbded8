/** What can be wrong with a registry, or with docker itself, each to be played to an engine. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, seedReference, startRegistry } from '../engine/index.ts';
import { freePort } from '../engine/port.ts';
import {
  type Answer,
  type Answers,
  afterPing,
  always,
  httpServer,
  httpsServer,
  plain,
  spec,
  TOKEN,
  tcpServer,
  withTokens,
} from './servers.ts';

export type Verb = 'pull' | 'push' | 'probe' | 'login';

/** Where a case plays: the server of its references, and how to end it. */
export interface Stage {
  readonly server: string;
  /** Instead of one that is pushed from the seed image. */
  readonly repository?: string;
  /** Docker's configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** False: docker has no plugins. */
  readonly plugins?: boolean;
  readonly platform?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly password?: string;
  end(): Promise<void>;
}

interface Case {
  readonly verbs: readonly Verb[];
  set(engine: Engine): Promise<Stage>;
}

const TRANSFERS: readonly Verb[] = ['pull', 'push', 'probe'];
const ALL: readonly Verb[] = [...TRANSFERS, 'login'];
export const USER = { username: 'builder', password: 'correct horse' };

export const CASES: Readonly<Record<string, Case>> = {
  'absent-repository': real(['pull', 'probe'], {}),
  'absent-tag': {
    verbs: ['pull', 'probe'],
    async set(engine) {
      const stage = await real([], {}).set(engine);
      const other = `${stage.server}/team/app:other`;
      await engine.docker(['tag', seedReference, other]);
      await engine.docker(['push', '--quiet', other]);
      return stage;
    },
  },
  'other-platform': {
    verbs: ['pull'],
    async set(engine) {
      const stage = await real([], {}).set(engine);
      const ref = `${stage.server}/team/app:1`;
      await engine.docker(['tag', seedReference, ref]);
      await engine.docker(['push', '--quiet', ref]);
      return { ...stage, platform: 'linux/s390x' };
    },
  },
  'no-credentials': real(TRANSFERS, { auth: USER }),
  'wrong-credentials': real(ALL, { auth: USER }, 'wrong'),
  'read-only': real(['push'], {
    env: { REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' },
  }),
  'not-here': {
    verbs: ['push'],
    async set(engine) {
      const stage = await real([], {}).set(engine);
      return { ...stage, repository: 'team/never-built' };
    },
  },
  'hub-denied': fake(
    TRANSFERS,
    withTokens(TOKEN, {
      ...spec(401, 'UNAUTHORIZED', 'authentication required'),
      headers: {
        'www-authenticate': 'Bearer realm="http://127.0.0.1/token",error="insufficient_scope"',
      },
    }),
  ),
  'token-denied': fake(
    ALL,
    withTokens(spec(403, 'DENIED', 'requested access to the resource is denied'), plain(500)),
  ),
  'token-unauthorized': fake(
    ALL,
    withTokens(spec(401, 'UNAUTHORIZED', 'access to the resource is not authorized'), plain(500)),
  ),
  'token-rate-limited': fake(
    ALL,
    withTokens(
      spec(
        429,
        'TOOMANYREQUESTS',
        'You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit',
      ),
      plain(500),
    ),
  ),
  'token-server-fault': fake(ALL, withTokens(plain(503, 'upstream sleeps'), plain(500))),
  'spec-401': fake(ALL, always(spec(401, 'UNAUTHORIZED', 'authentication required'))),
  'spec-403': fake(TRANSFERS, afterPing(spec(403, 'DENIED', 'access forbidden'))),
  // A login that has expired, as ECR tells of it.
  'expired-ecr': fake(
    ALL,
    always(
      spec(403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.'),
    ),
  ),
  // The same of a token: in RFC 6750's words, and in those of a token server.
  'expired-token': fake(
    TRANSFERS,
    withTokens(TOKEN, {
      ...spec(401, 'UNAUTHORIZED', 'authentication required'),
      headers: {
        'www-authenticate': 'Bearer realm="http://127.0.0.1/token",error="invalid_token"',
      },
    }),
  ),
  'expired-at-token-server': fake(
    ALL,
    withTokens(spec(401, 'UNAUTHORIZED', 'the personal access token has expired'), plain(500)),
  ),
  // With the words that the classic store has for Docker Hub's own "denied".
  'denied-in-hub-words': fake(
    TRANSFERS,
    afterPing(spec(403, 'DENIED', 'requested access to the resource is denied')),
  ),
  'denied-google': fake(
    TRANSFERS,
    afterPing(
      spec(
        403,
        'DENIED',
        'Permission "artifactregistry.repositories.downloadArtifacts" denied on resource "projects/p/locations/l/repositories/team" (or it may not exist)',
      ),
    ),
  ),
  'denied-harbor': fake(
    TRANSFERS,
    afterPing(
      spec(
        401,
        'UNAUTHORIZED',
        'unauthorized to access repository: team/app, action: pull: unauthorized to access repository: team/app, action: pull',
      ),
    ),
  ),
  'spec-404-name': fake(
    TRANSFERS,
    afterPing(spec(404, 'NAME_UNKNOWN', 'repository name not known to registry')),
  ),
  'spec-404-manifest': fake(
    ['pull', 'probe'],
    afterPing(spec(404, 'MANIFEST_UNKNOWN', 'The named manifest is not known to the registry.')),
  ),
  'spec-429': fake(TRANSFERS, afterPing(spec(429, 'TOOMANYREQUESTS', 'too many requests'))),
  'spec-500': fake(TRANSFERS, afterPing(spec(500, 'UNKNOWN', 'unknown error'))),
  'spec-503': fake(TRANSFERS, afterPing(spec(503, 'UNAVAILABLE', 'service unavailable'))),
  'plain-401': fake(ALL, always(plain(401))),
  'plain-403': fake(ALL, always(plain(403, '<html><h1>Forbidden</h1></html>'))),
  'plain-404': fake(ALL, always(plain(404, '<html><h1>404 Not Found</h1></html>'))),
  'plain-404-manifest': fake(['pull', 'probe'], afterPing(plain(404, ''))),
  'plain-429': fake(ALL, always(plain(429, 'slow down'))),
  'plain-500': fake(ALL, always(plain(500, 'oh'))),
  'plain-502': fake(ALL, always(plain(502, '<html><h1>502 Bad Gateway</h1></html>'))),
  'plain-503': fake(ALL, always(plain(503))),
  'plain-504': fake(ALL, always(plain(504))),
  'not-a-registry': fake(ALL, always(plain(200, '<html>Welcome to nginx!</html>'))),
  // What registries say of a tag that is there and must not move: ECR, in its older words.
  'tag-immutable': refusesManifest(
    spec(
      400,
      'TAG_INVALID',
      "The image tag '1' already exists in the 'team/app' repository and cannot be overwritten because the repository is immutable.",
    ),
  ),
  'immutable-ecr': refusesManifest(
    spec(
      400,
      'TAG_INVALID',
      "The image tag '1' already exists in the 'team/app' repository and cannot be overwritten because the tag is immutable.",
    ),
  ),
  'immutable-harbor': refusesManifest(
    spec(412, 'PRECONDITION', "Failed to process request due to 'app:1' configured as immutable."),
  ),
  'immutable-google': refusesManifest(
    spec(
      400,
      'MANIFEST_INVALID',
      'cannot update tag 1. The repository has enabled tag immutability',
    ),
  ),
  // Said with the words for what is denied.
  'immutable-hub': refusesManifest(
    spec(
      403,
      'DENIED',
      'requested access to the resource is denied - This tag is already assigned to an image in this repository and cannot be updated due to immutability settings. To push this image, use a different tag.',
    ),
  ),
  'immutable-quay': refusesManifest(
    spec(409, 'TAG_IMMUTABLE', 'tag is immutable and cannot be overwritten'),
  ),
  // Of whatever is locked, not of tags alone.
  'locked-azure': refusesManifest(
    spec(
      405,
      'REGISTRY_DISALLOWED_OPERATION',
      'The operation is disallowed on this registry, repository or image. View troubleshooting steps at https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation',
    ),
  ),
  refused: {
    verbs: ALL,
    async set() {
      return { server: `127.0.0.1:${await freePort()}`, end: async () => undefined };
    },
  },
  'no-such-host': {
    verbs: ALL,
    async set() {
      return { server: 'registry.invalid', end: async () => undefined };
    },
  },
  closed: {
    verbs: ALL,
    async set() {
      const listening = await tcpServer((socket) => socket.end());
      return { server: `127.0.0.1:${listening.port}`, end: listening.close };
    },
  },
  reset: {
    verbs: ALL,
    async set() {
      const listening = await tcpServer((socket) => socket.resetAndDestroy());
      return { server: `127.0.0.1:${listening.port}`, end: listening.close };
    },
  },
  silent: {
    verbs: ['pull', 'push', 'login'],
    async set() {
      const listening = await tcpServer(() => undefined);
      return { server: `127.0.0.1:${listening.port}`, end: listening.close };
    },
  },
  'untrusted-certificate': {
    verbs: ALL,
    async set() {
      const listening = await httpsServer(always({ status: 200, body: '{}' }));
      return { server: `${outerAddress()}:${listening.port}`, end: listening.close };
    },
  },
  'http-not-https': {
    verbs: ALL,
    async set() {
      const listening = await httpServer(always({ status: 200, body: '{}' }));
      return { server: `${outerAddress()}:${listening.port}`, end: listening.close };
    },
  },
  'no-daemon': {
    verbs: ALL,
    async set() {
      return {
        server: '127.0.0.1:1',
        env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' },
        end: async () => undefined,
      };
    },
  },
  'no-daemon-tcp': {
    verbs: ALL,
    async set() {
      return {
        server: '127.0.0.1:1',
        env: { DOCKER_HOST: `tcp://127.0.0.1:${await freePort()}` },
        end: async () => undefined,
      };
    },
  },
  'no-daemon-host': {
    verbs: ALL,
    async set() {
      return {
        server: '127.0.0.1:1',
        env: { DOCKER_HOST: 'tcp://docker.invalid:2375' },
        end: async () => undefined,
      };
    },
  },
  'helper-missing': {
    verbs: TRANSFERS,
    async set(engine) {
      const stage = await real([], { auth: USER }).set(engine);
      return { ...stage, config: { credsStore: 'nowhere' } };
    },
  },
  'helper-fails': {
    verbs: TRANSFERS,
    async set(engine) {
      const stage = await real([], { auth: USER }).set(engine);
      const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-record-'));
      const helper = join(folder, 'docker-credential-broken');
      await writeFile(helper, '#!/bin/sh\necho the keychain is locked >&2\nexit 1\n', {
        mode: 0o755,
      });
      return {
        ...stage,
        config: { credsStore: 'broken' },
        env: { PATH: `${folder}:${engine.env.PATH}` },
        async end() {
          await rm(folder, { recursive: true });
          await stage.end();
        },
      };
    },
  },
  'no-buildx': {
    verbs: ['probe'],
    set: async () => ({ server: '127.0.0.1:1', plugins: false, end: async () => undefined }),
  },
  'no-context': {
    verbs: ALL,
    set: async () => ({
      server: '127.0.0.1:1',
      env: { DOCKER_HOST: '', DOCKER_CONTEXT: 'nowhere' },
      end: async () => undefined,
    }),
  },
  'blob-missing': half(() => spec(404, 'BLOB_UNKNOWN', 'blob unknown to registry')),
  'blob-429': half(() => spec(429, 'TOOMANYREQUESTS', 'too many requests')),
  'blob-500': half(() => plain(500, 'oh')),
  'blob-503': half(() => plain(503)),
  'blob-reset': half(cutOff),
  // Not what the digest says: a proxy or a disk has spoiled it.
  'blob-spoiled': half(() => ({ status: 200, body: '{}', headers: { 'content-length': '2' } })),
  'manifest-reset': fake(['pull', 'probe'], (request) =>
    request.url === '/v2/' ? { status: 200, body: '{}' } : cutOff(request),
  ),
  // The registry has forgotten the upload: it was restarted, or there are two of them.
  'upload-unknown': refusesUpload(
    spec(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry'),
  ),
  // What a web server before the registry says of a large layer.
  'upload-too-large': refusesUpload(
    plain(413, '<html><head><title>413 Request Entity Too Large</title></head></html>'),
  ),
  'manifest-put-429': refusesManifest(spec(429, 'TOOMANYREQUESTS', 'too many requests')),
  'manifest-put-503': refusesManifest(plain(503)),
  harbor: fake(
    ['pull', 'probe'],
    afterPing(spec(404, 'NOT_FOUND', 'artifact team/app:1 not found')),
  ),
  'ecr-no-repository': fake(
    TRANSFERS,
    afterPing(
      spec(
        404,
        'NAME_UNKNOWN',
        "The repository with name 'team/app' does not exist in the registry with id '123456789012'",
      ),
    ),
  ),
};

function real(
  verbs: readonly Verb[],
  options: { readonly auth?: typeof USER; readonly env?: Record<string, string> },
  password?: string,
): Case {
  return {
    verbs,
    async set() {
      const registry = await startRegistry({ name: 'record', ...options });
      const login = Buffer.from(`${USER.username}:${password}`).toString('base64');
      return {
        server: registry.host,
        ...(password === undefined
          ? {}
          : { password, config: { auths: { [registry.host]: { auth: login } } } }),
        end: () => registry.stop(),
      };
    },
  };
}

/** A registry that has the manifest of an image, and says this of all the rest. */
function half(ofBlobs: Answers): Case {
  return fake(['pull'], (request, host) => {
    const { url = '' } = request;
    if (url === '/v2/') return { status: 200, body: '{}' };
    if (!url.includes('/manifests/')) return ofBlobs(request, host);
    const blob = { size: 2, digest: `sha256:${'ab'.repeat(32)}` };
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: { ...blob, mediaType: 'application/vnd.oci.image.config.v1+json' },
      layers: [{ ...blob, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' }],
    });
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    return {
      status: 200,
      body,
      headers: {
        'content-type': type,
        'docker-content-digest': digest,
        'content-length': String(body.length),
      },
    };
  });
}

/** A registry that begins an upload, and answers this where it ends. */
function refusesUpload(answer: Answer): Case {
  return fake(['push'], ({ url = '', method }, host) => {
    if (url === '/v2/') return { status: 200, body: '{}' };
    if (method === 'HEAD') return plain(404);
    if (method === 'PUT') return answer;
    const location = `http://${host}/v2/team/app/blobs/uploads/1`;
    return { status: 202, headers: { location, range: '0-0' } };
  });
}

/** No answer: the connection is cut. */
function cutOff({ socket }: IncomingMessage): Answer {
  socket.resetAndDestroy();
  return plain(500);
}

/** A registry that takes everything of an image but its manifest. */
function refusesManifest(answer: Answer): Case {
  return fake(['push'], ({ url = '', method }, host) => {
    if (url === '/v2/') return { status: 200, body: '{}' };
    if (url.includes('/manifests/')) return method === 'HEAD' ? plain(404) : answer;
    const digest = new URL(url, 'http://registry').searchParams.get('digest');
    const named = { 'docker-content-digest': digest ?? url.split('/').at(-1) ?? '' };
    if (method === 'HEAD') return { status: 200, headers: { ...named, 'content-length': '1' } };
    if (method === 'PUT') return { status: 201, headers: named };
    return {
      status: 202,
      headers: { location: `http://${host}/v2/team/app/blobs/uploads/1`, range: '0-0' },
    };
  });
}

function fake(verbs: readonly Verb[], answers: Answers): Case {
  return {
    verbs,
    async set() {
      const listening = await httpServer(answers);
      return { server: `127.0.0.1:${listening.port}`, end: listening.close };
    },
  };
}

/** An address that docker takes for no loopback, where it insists on TLS. */
function outerAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outer = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (outer === undefined) throw new Error('this machine has no address but the loopback');
  return outer.address;
}
