/** Images that somebody else has put into the registry: by its interface alone, so no engine has them. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Project } from '../rig/project.ts';
import { noise, succeeded, type World } from './rig.ts';

/** What the image `app` of a project is called, and what its inputs hash to. */
export interface Named {
  /** On the engine. */
  readonly ref: string;
  /** Behind the proxy. */
  readonly registryRef: string;
  readonly hash: string;
}

export interface Published extends Named {
  /** Its one layer. */
  readonly layer: { readonly digest: string; readonly size: number };
}

/** The names of an image with a hash, whose repository is the scope's `app`. */
export async function namesOf({ proxy, scope }: World, project: Project): Promise<Named> {
  const { stdout } = succeeded(await project.run(['inputs', 'app']));
  const hash = sha256(stdout);
  const ref = `${scope}/app:${hash.slice(0, 16)}`;
  return { ref, registryRef: `${proxy.host}/${ref}`, hash };
}

/** Some other image's hash. */
export const OTHER_HASH = sha256('other inputs');

/**
 * Publishes an image under the name that a project's `app` is going to have. It says that it was built
 * from the project's inputs, or from `label`; null: it says nothing.
 */
export async function publish(
  world: World,
  project: Project,
  { label, size = 300_000 }: { readonly label?: string | null; readonly size?: number } = {},
): Promise<Published> {
  const named = await namesOf(world, project);
  const says = label === undefined ? named.hash : label;
  const [repository = '', tag = ''] = named.ref.split(':');
  const base = `http://${world.registry.host}/v2/${repository}`;
  const file = tarOf('blob', noise(`published ${world.scope}`, size));
  const layer = gzipSync(file);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      created: '2026-01-01T00:00:00Z',
      config: says === null ? {} : { Labels: { 'dev.docker-ensure.hash': says } },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(file)}`] },
      history: [{ created: '2026-01-01T00:00:00Z', created_by: 'somebody else' }],
    }),
  );
  await Promise.all([layer, config].map((blob) => upload(base, blob)));
  const type = 'application/vnd.oci.image';
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: described(config, `${type}.config.v1+json`),
    layers: [described(layer, `${type}.layer.v1.tar+gzip`)],
  });
  const headers = { 'content-type': `${type}.manifest.v1+json` };
  await asked(`${base}/manifests/${tag}`, { method: 'PUT', headers, body: manifest });
  return { ...named, layer: described(layer, '') };
}

function described(blob: Buffer, mediaType: string) {
  return { mediaType, size: blob.length, digest: `sha256:${sha256(blob)}` };
}

async function upload(base: string, blob: Buffer): Promise<void> {
  const begun = await asked(`${base}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(begun.headers.get('location') ?? '', base);
  location.searchParams.set('digest', `sha256:${sha256(blob)}`);
  const headers = { 'content-type': 'application/octet-stream' };
  await asked(location, { method: 'PUT', headers, body: new Uint8Array(blob) });
}

async function asked(url: string | URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`The registry answers ${response.status} to ${url}.`);
  return response;
}

/** An archive of one file. */
function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, length: number) =>
    `${value.toString(8).padStart(length - 1, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(content.length, 12), 124);
  header.write(octal(0, 12), 136);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
