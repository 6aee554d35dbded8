/** The HTTP API of an engine: for what the rig asks often, since each start of docker costs more than the answer. */
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { scrubbed } from './environment.ts';
import type { Engine } from './types.ts';

/** A function that sends requests to the engine that docker reaches with this environment. */
export function engineApi(engineEnv: Record<string, string>): Engine['api'] {
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const json = body === undefined ? '' : JSON.stringify(body);
      const call = request({
        method,
        path,
        headers: {
          host: 'docker',
          connection: 'close',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(json),
        },
        createConnection: () => connection(engineEnv),
      });
      call.once('error', reject);
      call.once('response', (response) => {
        const { statusCode: status = 0 } = response;
        buffer(response).then((content) => resolve({ status, body: content }), reject);
      });
      call.end(json);
    });
}

/** Where docker does not talk to a socket of this machine it is left to docker how to get there. */
function connection(env: Record<string, string>): Duplex {
  const [, socket] = /^unix:\/\/(.*)/.exec(env.DOCKER_HOST ?? '') ?? [];
  if (socket !== undefined) return connect(socket);
  const { stdin, stdout } = spawn('docker', ['system', 'dial-stdio'], {
    env: scrubbed(env),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return Duplex.from({ readable: stdout, writable: stdin });
}

/** What the engine answers, as JSON; null where it knows no such thing. Any other failure throws. */
export async function asked<T>(
  { api }: Pick<Engine, 'api'>,
  ...[method, path, body]: Parameters<Engine['api']>
): Promise<T | null> {
  const { status, body: content } = await api(method, path, body);
  const text = content.toString();
  if (status === 404) return null;
  if (status >= 400) throw new Error(`${method} ${path} failed with ${status}: ${text}`);
  return (text === '' ? {} : JSON.parse(text)) as T;
}

/** Whether the engine answers at all. */
export async function isUp({ api }: Pick<Engine, 'api'>): Promise<boolean> {
  return api('GET', '/version').then(
    ({ status }) => status === 200,
    () => false,
  );
}
