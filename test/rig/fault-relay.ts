/** Passes one request on to a registry and its answer back, with a fault laid on the way. */
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TLSSocket } from 'node:tls';

/** A fault in wait: strikes at once, or when so many bytes of the body that matters have passed. */
interface Trap {
  readonly after: number | undefined;
  strike(): Promise<void>;
}

/** Relays a request; `answered` hears the registry's status before the client does. */
export async function relay(
  upstream: string,
  request: IncomingMessage,
  response: ServerResponse,
  trap: Trap | undefined,
  answered: (status: number) => void,
): Promise<void> {
  const { socket } = request;
  if (trap !== undefined && trap.after === undefined) await trap.strike();
  if (socket.destroyed) return;
  const late = trap?.after === undefined ? undefined : trap;
  const uploads = !['GET', 'HEAD', 'DELETE'].includes(request.method ?? '');
  const [host, port] = upstream.split(':');
  const { method, url: path } = request;
  // As they came: by the Host header the registry makes its Location headers, which lead back here.
  const headers = [...endToEnd(request.rawHeaders), ...scheme(request)];
  const outgoing = ask({ host, port, method, path, agent: false, headers });
  response.once('close', () => outgoing.destroy());
  const back = new Promise<void>((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const { statusCode = 502, statusMessage, rawHeaders } = incoming;
      answered(statusCode);
      response.writeHead(statusCode, statusMessage, endToEnd(rawHeaders));
      response.flushHeaders();
      passOn(incoming, response, uploads ? undefined : late).then(resolve, reject);
    });
  });
  const there = passOn(request, outgoing, uploads ? late : undefined);
  // A registry may answer before it has read everything.
  await Promise.race([back, there.then(() => back)]);
}

/** Ends the connection with an RST: the client sees "connection reset by peer". */
export function cut(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

function passOn(
  from: IncomingMessage,
  to: NodeJS.WritableStream,
  trap: Trap | undefined,
): Promise<void> {
  return trap === undefined ? pipeline(from, to) : pipeline(from, trapped(trap), to);
}

/** Lets bytes through, with a halt at the trap. */
function trapped({ after = 0, strike }: Trap): Transform {
  let left = after;
  let struck = false;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      if (struck || chunk.length <= left) {
        left -= chunk.length;
        done(null, chunk);
        return;
      }
      struck = true;
      this.push(chunk.subarray(0, left));
      // What was let through leaves first: a reset throws away what is still on its way.
      const halt = () => strike().then(() => done(null, chunk.subarray(left)), done);
      setTimeout(halt, 20);
    },
  });
}

/** Raw headers without those that are about one connection only. */
function endToEnd(raw: readonly string[]): string[] {
  const hop = /^(?:connection|keep-alive|proxy-connection|expect)$/i;
  return raw.filter((_, index) => !hop.test(raw[index - (index % 2)] ?? ''));
}

function scheme({ socket }: IncomingMessage): string[] {
  return 'encrypted' in socket ? ['X-Forwarded-Proto', 'https'] : [];
}
