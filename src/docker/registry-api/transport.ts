import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Answer } from './answers.ts';
import type { Authorities } from './authorities.ts';

export interface Request {
  readonly url: URL;
  /** The server as references name it, for its certificates. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  /** GET without one; with a body POST. */
  readonly method?: 'DELETE';
  readonly body?: string;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Sends a request; null where no whole answer came, for whatever reason. Follows no redirect. */
export type Send = (request: Request) => Promise<Answer | null>;

/** Connections to one host at once. */
const MOST_CONNECTIONS = 32;

/** More than any manifest, configuration or error that a registry takes or gives. */
const LONGEST_BODY = 8 * 1024 * 1024;

/** HTTP over connections that are kept for the next request, as long as the process lives. */
export function createTransport(authorities: Authorities): Send {
  const plain = new http.Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS });
  const secure = new Map<string, Promise<https.Agent>>();

  const agentFor = async ({ url, server }: Request): Promise<http.Agent> => {
    if (url.protocol === 'http:') return plain;
    const known = secure.get(server) ?? authorities(server).then(secureAgent);
    secure.set(server, known);
    return known;
  };

  return async (request) => {
    try {
      const agent = await agentFor(request);
      const first = await exchange(request, agent);
      // The server had closed a kept connection at the very moment: nothing was lost.
      return first === 'stale' ? await exchange(request, agent).then(whole) : first;
    } catch {
      return null;
    }
  };
}

/** The certificates are read once for all connections: that takes longer than a request. */
function secureAgent(secureContext: Awaited<ReturnType<Authorities>>): https.Agent {
  const options = { keepAlive: true, maxSockets: MOST_CONNECTIONS };
  return new https.Agent(secureContext === null ? options : { ...options, secureContext });
}

function exchange(request: Request, agent: http.Agent): Promise<Answer | 'stale' | null> {
  const { url, headers, body, signal } = request;
  return new Promise((resolve) => {
    const { request: start } = url.protocol === 'http:' ? http : https;
    const method = methodOf(request);
    let answered = false;
    const named = { 'user-agent': 'docker-ensure', ...headers };
    const sent = start(url, { agent, method, headers: named, signal }, (response) => {
      answered = true;
      read(response).then(resolve);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const stale = sent.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted;
      resolve(stale ? 'stale' : null);
    });
    sent.on('close', () => {
      if (!answered) resolve(null);
    });
    sent.end(body);
  });
}

export function methodOf({ method, body }: Pick<Request, 'method' | 'body'>): string {
  return method ?? (body === undefined ? 'GET' : 'POST');
}

function whole(answer: Answer | 'stale' | null): Answer | null {
  return answer === 'stale' ? null : answer;
}

async function read(response: IncomingMessage): Promise<Answer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > LONGEST_BODY) return null;
    }
  } catch {
    return null;
  }
  const { statusCode = 0, headers } = response;
  return { status: statusCode, headers, body: Buffer.concat(chunks) };
}
