/** Brings docker into surroundings in which it cannot be used, and keeps what it says. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { findLocalArgv } from '../../../src/docker/argv.ts';
import { scrubbed } from '../engine/environment.ts';
import type { Engine } from '../engine/index.ts';
import { freePort } from '../engine/port.ts';
import { always, httpServer, plain, tcpServer } from './servers.ts';

interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  /** The contents of docker's configuration file. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Docker runs as a user who may do nothing. */
  readonly asNobody?: boolean;
  end?(): Promise<void>;
}

const NOBODY = 65534;

/** By name; `folder` is empty, and the case's own. */
export const UNUSABLE: Readonly<
  Record<string, (engine: Engine, folder: string) => Surroundings | Promise<Surroundings>>
> = {
  'no-socket': () => ({ env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } }),
  'socket-of-others': ({ socket }) => ({
    env: { DOCKER_HOST: `unix://${socket}` },
    asNobody: true,
  }),
  'no-context': () => ({ env: { DOCKER_CONTEXT: 'nowhere' } }),
  'no-current-context': () => ({ env: {}, config: { currentContext: 'gone' } }),
  'no-certificates': (_, folder) => ({
    env: { DOCKER_HOST: 'tcp://127.0.0.1:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder },
  }),
  'no-key': async (_, folder) => {
    for (const name of ['ca.pem', 'cert.pem']) await writeFile(join(folder, name), 'nonsense');
    const env = { DOCKER_HOST: 'tcp://127.0.0.1:2376', DOCKER_TLS_VERIFY: '1' };
    return { env: { ...env, DOCKER_CERT_PATH: folder } };
  },
  'certificates-of-others': async (_, folder) => {
    for (const name of ['ca.pem', 'cert.pem', 'key.pem'])
      await writeFile(join(folder, name), 'nonsense', { mode: 0o600 });
    const env = { DOCKER_HOST: 'tcp://127.0.0.1:2376', DOCKER_TLS_VERIFY: '1' };
    return { env: { ...env, DOCKER_CERT_PATH: folder }, asNobody: true };
  },
  'host-with-http': () => ({ env: { DOCKER_HOST: 'http://127.0.0.1:2375' } }),
  'host-with-bad-port': () => ({ env: { DOCKER_HOST: 'tcp://127.0.0.1:port' } }),
  'host-of-bad-ssh': () => ({ env: { DOCKER_HOST: 'ssh://ann@build.invalid?key=1' } }),
  'api-too-new': ({ socket }) => ({
    env: { DOCKER_HOST: `unix://${socket}`, DOCKER_API_VERSION: '1.99' },
  }),
  'api-too-old': ({ socket }) => ({
    env: { DOCKER_HOST: `unix://${socket}`, DOCKER_API_VERSION: '1.12' },
  }),
  'api-malformed': ({ socket }) => ({
    env: { DOCKER_HOST: `unix://${socket}`, DOCKER_API_VERSION: 'latest' },
  }),
  'tcp-refused': async () => ({ env: { DOCKER_HOST: `tcp://127.0.0.1:${await freePort()}` } }),
  'tcp-no-such-host': () => ({ env: { DOCKER_HOST: 'tcp://docker.invalid:2375' } }),
  'ssh-refused': async () => ({ env: { DOCKER_HOST: `ssh://ann@127.0.0.1:${await freePort()}` } }),
  'ssh-no-such-host': () => ({ env: { DOCKER_HOST: 'ssh://ann@build.invalid' } }),
  starting: async () => {
    const { port, close } = await httpServer(always(plain(503)));
    return { env: { DOCKER_HOST: `tcp://127.0.0.1:${port}` }, end: close };
  },
  'starting-desktop': async () => {
    const says = { status: 500, body: '{"message":"Docker Desktop is unable to start"}' };
    const json = {
      ...says,
      headers: { 'content-type': 'application/json', 'api-version': '1.45' },
    };
    const { port, close } = await httpServer((request) =>
      request.url === '/_ping' ? { ...json, status: 200, body: 'OK' } : json,
    );
    return { env: { DOCKER_HOST: `tcp://127.0.0.1:${port}` }, end: close };
  },
  'tls-expected': async () => {
    const answer =
      'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';
    const { port, close } = await tcpServer((socket) => socket.end(answer));
    return { env: { DOCKER_HOST: `tcp://127.0.0.1:${port}` }, end: close };
  },
};

/**
 * Writes `<folder>/<case>/<client>.txt`: what a docker command that lists images writes to stderr. The
 * variable RECORD_CLIENT names the folder of another docker than the engine's own.
 */
export async function recordUnusable(name: string, engine: Engine, folder: string): Promise<void> {
  const own = await mkdtemp(join(tmpdir(), 'docker-ensure-record-'));
  const config = join(own, 'config');
  await mkdir(config);
  await mkdir(join(own, 'case'));
  await execa('chmod', ['-R', 'a+rX', own]);
  const { env, asNobody = false, end, ...more } = await UNUSABLE[name]!(engine, join(own, 'case'));
  await writeFile(join(config, 'config.json'), JSON.stringify(more.config ?? {}));
  try {
    const { RECORD_CLIENT: client = '' } = process.env;
    const PATH = [client, engine.env.PATH].filter(Boolean).join(delimiter);
    const { stdout } = await execa('docker', ['--version'], { env: { PATH } });
    const ran = await execa('docker', findLocalArgv(['app:1']), {
      env: { ...scrubbed({ PATH }), DOCKER_CONFIG: config, ...env },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      ...(asNobody ? { uid: NOBODY, gid: NOBODY } : {}),
    });
    if (ran.exitCode === 0) throw new Error(`docker can be used: ${name}`);
    const version = /version (\d+\.\d+)/.exec(stdout)?.[1];
    await mkdir(join(folder, name), { recursive: true });
    const text = steady(ran.stderr.trimEnd(), own, engine);
    await writeFile(join(folder, name, `${version}.txt`), `${text}\n`);
  } finally {
    await end?.();
    await rm(own, { recursive: true });
  }
}

/** What differs from one recording to the next, made the same. */
function steady(text: string, own: string, { socket }: Engine): string {
  return text
    .replaceAll(own, '/record')
    .replaceAll(socket, '/var/run/docker.sock')
    .replaceAll(encodeURIComponent(socket), '%2Fvar%2Frun%2Fdocker.sock')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:2375')
    .replace(/-p \d+/g, '-p 2222')
    .replace(/port \d+:/g, 'port 2222:')
    .replace(/(lookup \S+ on )\S+?:53/g, '$1192.0.2.53:53');
}
