/**
 * A proxy before a registry, which does to chosen requests what networks and registries do when
 * something is wrong. Docker talks to it as to the registry itself.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cut, relay } from './fault-relay.ts';

/** Which requests; an empty pattern means all. */
export interface RequestPattern {
  readonly method?: string | RegExp;
  /** Tried on the path with its query. */
  readonly path?: RegExp;
}

/**
 * What befalls a request. With `after`, it strikes when so many bytes have passed and another one
 * comes, of the response's body for GET, HEAD and DELETE, else of the request's; without, at once,
 * before the registry is asked.
 */
export type Fault = { readonly on: RequestPattern; readonly times?: number } & (
  | {
      /** Answers without asking the registry. */
      readonly does: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | ({ readonly after?: number } & (
      | { /** Cuts the connection with an RST. */ readonly does: 'reset' }
      | { /** Moves no byte more until it is lifted. */ readonly does: 'stall' }
      | { /** Waits, then goes on. */ readonly does: 'delay'; readonly ms: number }
      | { /** Runs a hook, then goes on. */ readonly does: 'call'; before(): Promise<void> }
    ))
);

/** A fault that was laid. */
export interface Injected {
  /** How often it has struck. */
  struck(): number;
  /** Lets requests pass again, those that it has stalled too. */
  lift(): void;
}

/** A request as it was answered. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  /** Null where the client has not got all of the answer: it is on its way, or was cut. */
  readonly status: number | null;
  readonly struck: boolean;
}

export interface FaultProxy {
  /** "127.0.0.1:PORT": the server of a reference. */
  readonly host: string;
  /** Lays a fault on requests, for `times` strikes (default: for ever). Later ones are tried first. */
  inject(fault: Fault): Injected;
  /** Lifts all faults. */
  heal(): void;
  /** Every request so far, in the order in which they came. */
  requests(): readonly Seen[];
  /** The tags that the registry has taken, as `repository:tag`, one entry for each time. */
  uploads(): readonly string[];
  /** How many connections were opened so far. */
  connections(): number;
  /** Passes requests on to another registry from now on. */
  pointTo(upstream: string): void;
  /** Refuses connections, as a server that is down, and cuts those it has. */
  close(): Promise<void>;
  /** Listens again, on the same port. */
  open(): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
}

export interface ProxyOptions {
  /** Speaks TLS, with a certificate that nobody trusts. On the loopback docker takes any. */
  readonly tls?: boolean;
  /** Listens here instead of on 127.0.0.1. */
  readonly address?: string;
}

/** Starts a proxy before the registry at `upstream` ("127.0.0.1:PORT"). */
export async function startFaultProxy(
  upstream: string,
  { tls = false, address = '127.0.0.1' }: ProxyOptions = {},
): Promise<FaultProxy> {
  const faults: LaidFault[] = [];
  const seen: { -readonly [K in keyof Seen]: Seen[K] }[] = [];
  const uploads: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let target = upstream;

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', socket } = request;
    const entry = { method, url, status: null as number | null, struck: false };
    seen.push(entry);
    response.once('finish', () => {
      entry.status = response.statusCode;
    });
    const laid = faults.findLast(({ live, fault }) => live() && matches(fault.on, method, url));
    if (laid?.fault.does === 'answer') {
      const { status, body = '', headers = {} } = laid.fault;
      entry.struck = laid.strikes();
      request.resume();
      response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
      response.end(method === 'HEAD' ? '' : body);
      return;
    }
    const trap = laid && {
      after: laid.fault.after,
      strike: async () => {
        // Another request may have had its last strike meanwhile.
        if (!laid.live()) return;
        entry.struck = laid.strikes();
        await laid.befall(socket);
      },
    };
    await relay(target, request, response, trap, (status) => {
      const [, repository, tag] = /^\/v2\/(.+)\/manifests\/([^:/?]+)$/.exec(url) ?? [];
      const taken = method === 'PUT' && status >= 200 && status < 300;
      if (taken && tag !== undefined) uploads.push(`${repository}:${tag}`);
    });
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    serve(request, response).catch(() => cut(socket));
  };

  const server = tls ? createTlsServer(certificate(), onRequest) : createServer(onRequest);
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket.unref());
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.unref().listen(port, address, () => resolve(void server.off('error', reject)));
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;

  const proxy: FaultProxy = {
    host: `${address}:${port}`,
    inject(fault) {
      const laid = layFault(fault);
      faults.push(laid);
      return laid;
    },
    heal() {
      for (const laid of faults.splice(0)) laid.lift();
    },
    requests: () => seen.map((entry) => ({ ...entry })),
    uploads: () => [...uploads],
    connections: () => connections,
    pointTo(other) {
      target = other;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    open: () => listen(port),
    async stop() {
      await proxy.close();
      proxy.heal();
    },
  };
  return proxy;
}

type LaidFault = Injected & {
  readonly fault: Fault & { readonly after?: number };
  live(): boolean;
  /** Counts a strike. */
  strikes(): true;
  befall(socket: Socket): Promise<void>;
};

function layFault(fault: Fault): LaidFault {
  let struck = 0;
  const lifted = new AbortController();
  return {
    fault,
    live: () => !lifted.signal.aborted && struck < (fault.times ?? Number.POSITIVE_INFINITY),
    struck: () => struck,
    lift: () => lifted.abort(),
    strikes() {
      struck += 1;
      return true;
    },
    async befall(socket) {
      if (fault.does === 'reset') cut(socket);
      if (fault.does === 'delay') await sleep(fault.ms, undefined, { ref: false });
      if (fault.does === 'call') await fault.before();
      if (fault.does === 'stall' && !lifted.signal.aborted)
        await new Promise((resolve) => lifted.signal.addEventListener('abort', resolve));
    },
  };
}

function matches({ method, path }: RequestPattern, asked: string, url: string): boolean {
  const verb = typeof method === 'string' ? method === asked : (method?.test(asked) ?? true);
  return verb && (path?.test(url) ?? true);
}

/** A key and a certificate for another name that it has signed itself. */
function certificate(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'docker-ensure-proxy-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  const asked = ['-subj', '/CN=elsewhere.example', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...made, ...asked], { stdio: 'ignore' });
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return pair;
}
