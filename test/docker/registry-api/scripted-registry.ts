import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { connectRegistries, type EndedRequest } from '../../../src/docker/registry-api/connect.ts';
import { HASH_LABEL } from '../../../src/model/image-labels.ts';

/** A request as it came. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly body: string;
}

export interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What a server says; one that gives nothing does with the response what it wants. */
export type Script = (request: Seen, response: ServerResponse) => Said | undefined;

/** Starts a server on the loopback that ends with the test. */
export async function scriptedServer(script: Script): Promise<{ host: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const body = Buffer.concat(chunks).toString();
    const entry = { method, path, authorization: headers.authorization ?? null, body };
    seen.push(entry);
    const said = script(entry, response);
    if (said !== undefined) response.writeHead(said.status, said.headers).end(said.body);
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const TYPES = {
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
};

/** An image with or without a hash in its labels: its manifest and its configuration. */
export function imageOf(hash: string | null) {
  const config = JSON.stringify({
    config: { Labels: hash === null ? null : { [HASH_LABEL]: hash } },
  });
  const document = { config: { mediaType: TYPES.config, digest: digestOf(config) }, layers: [] };
  return { config, ...manifestOf(TYPES.image, document) };
}

/** An index of images, each for a platform of its own. */
export function indexOf(images: readonly ReturnType<typeof imageOf>[]) {
  const manifests = images.map(({ digest }, at) => ({
    mediaType: TYPES.image,
    digest,
    platform: { os: 'linux', architecture: `a${at}` },
  }));
  return manifestOf(TYPES.index, { manifests });
}

function manifestOf(type: string, document: object) {
  const body = JSON.stringify(document);
  const said: Said = { status: 200, headers: { 'content-type': type }, body };
  return { digest: digestOf(body), said };
}

export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** A registry that has these images under the tags of `a/b`, and says so to everybody. */
export function holding(tags: Readonly<Record<string, ReturnType<typeof imageOf>>>): Script {
  return ({ path }) => {
    if (path === '/v2/') return { status: 200, body: '{}' };
    for (const [tag, { said, digest, config }] of Object.entries(tags)) {
      if (path === `/v2/a/b/manifests/${tag}` || path === `/v2/a/b/manifests/${digest}`)
        return said;
      if (path === `/v2/a/b/blobs/${digestOf(config)}`) return { status: 200, body: config };
    }
    return refusal(404, 'MANIFEST_UNKNOWN');
  };
}

export function refusal(status: number, code: string, headers: Record<string, string> = {}): Said {
  const body = JSON.stringify({ errors: [{ code, message: code, detail: null }] });
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}

export interface AskOptions {
  /** Docker's configuration file. */
  readonly config?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly onSecret?: (secret: string) => void;
  readonly onRequest?: (request: EndedRequest) => void;
}

/** Registries as a user with such a configuration reaches them. */
export async function reach(options: AskOptions = {}) {
  const { config = {}, env = {}, signal = new AbortController().signal } = options;
  const folder = await mkdtemp(join(tmpdir(), 'docker-ensure-user-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const { onSecret = () => undefined, onRequest = () => undefined } = options;
  const where = { env, configFolder: folder, certificateFolders: [] };
  return connectRegistries({ ...where, signal, onSecret, onRequest });
}
