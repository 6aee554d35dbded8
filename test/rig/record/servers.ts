/** Servers that answer as registries do when something is wrong. Each listens on a port of its own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the server says to a request. */
export type Answers = (request: IncomingMessage, host: string) => Answer;

/** A registry's error in the form of the distribution spec. */
export function spec(status: number, code: string, message: string): Answer {
  return {
    status,
    body: JSON.stringify({ errors: [{ code, message, detail: null }] }),
    headers: { 'content-type': 'application/json' },
  };
}

export function plain(status: number, body = ''): Answer {
  return { status, body, headers: { 'content-type': 'text/html' } };
}

const ALIVE: Answer = { status: 200, body: '{}' };

/** The same answer to everything. */
export const always =
  (answer: Answer): Answers =>
  () =>
    answer;

/** A living registry that gives this answer for whatever is asked of it. */
export const afterPing =
  (answer: Answer): Answers =>
  ({ url }) =>
    url === '/v2/' ? ALIVE : answer;

/** A registry that sends its clients to a token server, as Docker Hub and ghcr.io do. */
export const withTokens =
  (token: Answer, answer: Answer): Answers =>
  ({ url = '', headers }, host) => {
    if (url.startsWith('/token')) return token;
    if (headers.authorization?.startsWith('Bearer ')) return url === '/v2/' ? ALIVE : answer;
    const scope = url === '/v2/' ? '' : ',scope="repository:team/app:pull"';
    const challenge = `Bearer realm="http://${host}/token",service="registry"${scope}`;
    const refused = spec(401, 'UNAUTHORIZED', 'authentication required');
    return { ...refused, headers: { ...refused.headers, 'www-authenticate': challenge } };
  };

export const TOKEN: Answer = { status: 200, body: '{"token":"t","access_token":"t"}' };

export function httpServer(answers: Answers): Promise<Listening> {
  return listen(createServer(responder(answers)), '0.0.0.0');
}

/** HTTPS with a certificate that nobody trusts, for another name. */
export function httpsServer(answers: Answers): Promise<Listening> {
  const folder = mkdtempSync(join(tmpdir(), 'docker-ensure-record-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=elsewhere.example', '-days', '2', '-nodes'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...subject],
    { stdio: 'ignore' },
  );
  const options = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return listen(createTlsServer(options, responder(answers)), '0.0.0.0');
}

/** A server that takes connections and does this to them. */
export function tcpServer(onConnect: (socket: Socket) => void): Promise<Listening> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    onConnect(socket);
  });
  return listen(server as unknown as Server, '0.0.0.0');
}

function responder(answers: Answers) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const { status, body = '', headers = {} } = answers(request, request.headers.host ?? '');
    request.resume();
    response.writeHead(status, { ...headers, 'docker-distribution-api-version': 'registry/2.0' });
    response.end(request.method === 'HEAD' ? '' : body);
  };
}

function listen(server: Server, host: string): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of sockets) socket.destroy();
          }),
      }),
    );
  });
}
