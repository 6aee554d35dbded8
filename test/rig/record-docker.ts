/**
 * Records docker's own words for test/docker/: `npx tsx test/rig/record-docker.ts [case…]`.
 *
 * Each case is played to a real engine of either image store, and what docker writes to stderr goes
 * to `fixtures/docker/faults/<case>/<verb>-<store>.txt`. Hosts and ports are made the same every time.
 */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loginArgv, probeArgv, pullArgv, pushArgv } from '../../src/docker/argv.ts';
import { type Engine, type Store, seed, seedReference, startEngine, startRegistry } from './engine/index.ts';
import { freePort } from './engine/port.ts';
import {
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
} from './record/servers.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/docker/faults/', import.meta.url));

type Verb = 'pull' | 'push' | 'probe' | 'login';

/** Where a case plays: the server of its references, and how to end it. */
interface Stage {
  readonly server: string;
  readonly repository?: string;
  /** Logins in docker's configuration, by server. */
  readonly auths?: Readonly<Record<string, string>>;
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
const USER = { username: 'builder', password: 'correct horse' };

const CASES: Readonly<Record<string, Case>> = {
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
  'read-only': real(['push'], { env: { REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED: 'true' } }),
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
  'spec-404-name': fake(TRANSFERS, afterPing(spec(404, 'NAME_UNKNOWN', 'repository name not known to registry'))),
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
  'tag-immutable': fake(
    ['push'],
    ({ url = '', method }) => {
      if (url === '/v2/') return { status: 200, body: '{}' };
      if (/\/blobs\//.test(url) && method === 'HEAD') {
        return { status: 200, headers: { 'docker-content-digest': url.split('/').at(-1) ?? '' } };
      }
      return spec(
        400,
        'TAG_INVALID',
        "The image tag '1' already exists in the 'team/app' repository and cannot be overwritten because the repository is immutable.",
      );
    },
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
  'no-helper': {
    verbs: ALL,
    async set(engine) {
      const stage = await real([], { auth: USER }).set(engine);
      return { ...stage, env: { RECORD_CREDS_STORE: 'nowhere' } };
    },
  },
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
        ...(password === undefined ? {} : { password, auths: { [registry.host]: login } }),
        end: () => registry.stop(),
      };
    },
  };
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

async function record(name: string, engine: Engine): Promise<void> {
  const { verbs, set } = CASES[name]!;
  const stage = await set(engine);
  const folder = await configFolder(engine, stage);
  const env = { ...stage.env, DOCKER_CONFIG: folder };
  const ref = `${stage.server}/${stage.repository ?? 'team/app'}:1`;
  try {
    if (verbs.includes('push') && stage.repository === undefined && stage.env?.DOCKER_HOST === undefined) {
      await engine.docker(['tag', seedReference, ref]);
    }
    for (const verb of verbs) {
      const { argv, input } = commandOf(verb, ref, stage);
      const ran = await engine.docker(argv, { env, ...(input === undefined ? {} : { input }) });
      if (ran.exitCode === 0) throw new Error(`${name}: ${verb} succeeded: ${ran.stdout}`);
      await save(name, verb, engine.store, ran.stderr, stage.server);
    }
  } finally {
    await engine.docker(['rmi', ref]);
    await rm(folder, { recursive: true });
    await stage.end();
  }
}

function commandOf(
  verb: Verb,
  ref: string,
  { server, platform = null, password = 'any' }: Stage,
): { argv: string[]; input?: string } {
  switch (verb) {
    case 'pull':
      return { argv: pullArgv(ref, platform) };
    case 'push':
      return { argv: pushArgv(ref) };
    case 'probe':
      return { argv: probeArgv(ref) };
    case 'login':
      return { argv: loginArgv(server, USER.username), input: password };
  }
}

async function configFolder(engine: Engine, { auths, env }: Stage): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-record-'));
  await symlink(join(engine.env.DOCKER_CONFIG!, 'cli-plugins'), join(folder, 'cli-plugins'));
  const config = {
    auths: Object.fromEntries(Object.entries(auths ?? {}).map(([host, auth]) => [host, { auth }])),
    ...(env?.RECORD_CREDS_STORE === undefined ? {} : { credsStore: env.RECORD_CREDS_STORE }),
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

async function save(
  name: string,
  verb: Verb,
  store: Store,
  text: string,
  server: string,
): Promise<void> {
  const [host = '', port = '5000'] = server.split(':');
  const steady = text
    .replaceAll(server, host === '127.0.0.1' ? '127.0.0.1:5000' : server.includes(':') ? '192.0.2.7:5000' : server)
    .replaceAll(`%3A${port}`, '%3A5000')
    .replace(/127\.0\.0\.1:\d{4,5}(?=->)/g, '127.0.0.1:40000')
    .replace(/(?:\d+\.){3}\d+:\d{4,5}(?=->)/g, '192.0.2.7:40000')
    .replace(/tcp:\/\/127\.0\.0\.1:\d+/g, 'tcp://127.0.0.1:2375')
    .replace(/(lookup \S+ on )\S+?:53/g, '$1192.0.2.53:53');
  await mkdir(join(FIXTURES, name), { recursive: true });
  await writeFile(join(FIXTURES, name, `${verb}-${store}.txt`), `${steady}\n`);
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const names = asked.length > 0 ? asked : Object.keys(CASES);
  for (const store of ['classic', 'containerd'] as const) {
    const engine = await startEngine({ name: `record-${store}`, store });
    try {
      await seed(engine);
      for (const name of names) {
        process.stderr.write(`${store}: ${name}\n`);
        await record(name, engine).catch((error: Error) => process.stderr.write(`  ${error.message}\n`));
      }
    } finally {
      await engine.stop();
    }
  }
}

await main();
