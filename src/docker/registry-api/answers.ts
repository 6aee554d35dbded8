import { createHash } from 'node:crypto';
import { HASH_LABEL, type Labels } from '../../model/image-labels.ts';

/** An answer that came whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

const IMAGE_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const CONFIG_TYPES = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

/** The manifests that we can read, for an `Accept` header. */
export const ACCEPTED = [...INDEX_TYPES, ...IMAGE_TYPES].join(', ');

/**
 * What registries call what they do not have, the last one Harbor:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 * https://github.com/goharbor/harbor/issues/16515
 */
const ABSENT_CODES: readonly unknown[] = ['MANIFEST_UNKNOWN', 'NAME_UNKNOWN', 'NOT_FOUND'];

/** True where a registry says, clearly and in its own words, that it does not have a manifest. */
export function saysAbsent({ status, body }: Answer): boolean {
  if (status !== 404) return false;
  const errors = (json(body) as { errors?: unknown } | null)?.errors;
  if (!Array.isArray(errors) || errors.length === 0) return false;
  return errors.every((error: { code?: unknown } | null) => ABSENT_CODES.includes(error?.code));
}

/** What a manifest says that it is; its digest is that of its bytes. */
export type Manifest = { readonly digest: string } & (
  | { readonly is: 'image' /** Null: it is no container image. */; readonly config: string | null }
  | { readonly is: 'index' /** Digests. */; readonly images: readonly string[] }
);

interface Descriptor {
  readonly digest?: unknown;
  readonly mediaType?: unknown;
  readonly platform?: { readonly os?: unknown; readonly architecture?: unknown; variant?: unknown };
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/** Reads a manifest; null where it is none that is known, or not what its digest says. */
export function parseManifest(answer: Answer, expected: string | null): Manifest | null {
  if (answer.status !== 200) return null;
  const digest = digestOf(answer.body);
  const said = expected ?? answer.headers['docker-content-digest'] ?? digest;
  const document = json(answer.body) as { config?: Descriptor; manifests?: Descriptor[] } | null;
  if (said !== digest || document === null) return null;
  const type = `${answer.headers['content-type']}`.split(';')[0]?.trim() ?? '';
  if (IMAGE_TYPES.includes(type)) return image(digest, document.config);
  return INDEX_TYPES.includes(type) ? index(digest, document.manifests) : null;
}

function image(digest: string, config: Descriptor | undefined): Manifest | null {
  if (!isDigest(config?.digest)) return null;
  const isConfig = CONFIG_TYPES.includes(`${config?.mediaType}`);
  return { is: 'image', digest, config: isConfig ? config.digest : null };
}

/** Attestations stand beside the images of an index: https://docs.docker.com/build/metadata/attestations/attestation-storage/ */
function index(digest: string, manifests: readonly Descriptor[] | undefined): Manifest | null {
  if (!Array.isArray(manifests)) return null;
  const images: { digest: string; platform: string }[] = [];
  for (const each of manifests as readonly Descriptor[]) {
    if (each?.annotations?.['vnd.docker.reference.type'] !== undefined) continue;
    if (!isDigest(each?.digest) || !IMAGE_TYPES.includes(`${each.mediaType}`)) return null;
    const { os = '', architecture = '', variant = '' } = each.platform ?? {};
    if (os !== 'unknown')
      images.push({ digest: each.digest, platform: [os, architecture, variant].join('/') });
  }
  images.sort((a, b) => (a.platform < b.platform ? -1 : 1));
  return { is: 'index', digest, images: images.map((each) => each.digest) };
}

/** The input hash that an image's configuration has in its labels, or null; undefined: it cannot be read. */
export function hashInConfig(
  { status, body }: Answer,
  expected: string,
): string | null | undefined {
  if (status !== 200 || digestOf(body) !== expected) return undefined;
  const document = json(body) as { config?: { Labels?: Record<string, unknown> | null } } | null;
  if (document === null) return undefined;
  const hash = document.config?.Labels?.[HASH_LABEL];
  return typeof hash === 'string' ? hash : null;
}

/** What an image's configuration says of it; null where it cannot be read, or is another one. */
export function parseConfig(
  { status, body }: Answer,
  expected: string,
): { readonly labels: Labels; readonly createdMs: number | null } | null {
  if (status !== 200 || digestOf(body) !== expected) return null;
  const document = json(body) as { created?: unknown; config?: { Labels?: unknown } } | null;
  const labels = Object.entries(document?.config?.Labels ?? {});
  const createdMs = Date.parse(`${document?.created}`);
  return {
    labels: Object.fromEntries(labels.filter(([, value]) => typeof value === 'string')),
    // An image without steps says that it is as old as time itself.
    createdMs: createdMs > 0 ? createdMs : null,
  };
}

/** What any manifest is made of, as far as that can be read: also one of a kind that is not known. */
export interface Parts {
  /** By which it is known: the registry's word for it, and its own. */
  readonly digests: readonly string[];
  /** The manifests that it names. */
  readonly manifests: readonly { readonly digest: string; readonly isIndex: boolean }[];
  /** Bytes of its configuration and layers. */
  readonly size: number;
}

/** Reads the parts of a manifest; null where no manifest came. */
export function parseParts({ status, headers, body }: Answer): Parts | null {
  if (status !== 200) return null;
  const document = json(body) as Readonly<Record<string, unknown>> | null;
  if (document === null) return null;
  const blobs = [document.config, ...arrayOf(document.layers)] as ({ size?: unknown } | null)[];
  const said = headers['docker-content-digest'];
  return {
    digests: [...new Set([said, digestOf(body)])].filter(isDigest),
    manifests: arrayOf(document.manifests).flatMap((each) => {
      const { digest, mediaType } = (each ?? {}) as Descriptor;
      return isDigest(digest) ? [{ digest, isIndex: INDEX_TYPES.includes(`${mediaType}`) }] : [];
    }),
    size: blobs.reduce((sum, blob) => sum + (Number(blob?.size) || 0), 0),
  };
}

/** A page of a list of tags: https://distribution.github.io/distribution/spec/api/#listing-image-tags */
export function parseTags({ body }: Answer): readonly string[] | null {
  const document = json(body) as { tags?: unknown } | null;
  if (document === null) return null;
  const tags = document.tags ?? [];
  return Array.isArray(tags) && tags.every((tag) => typeof tag === 'string') ? tags : null;
}

/** Where the next page is, as a path of the same registry; null where this is the last one. */
export function nextPage({ headers }: Answer): string | null {
  const found = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(`${headers.link ?? ''}`)?.[1];
  if (found === undefined || !/^(?:\/|https?:\/\/)/.test(found)) return null;
  const { pathname, search } = new URL(found, 'http://registry');
  return pathname + search;
}

/** What a registry said, in few words: its status, and the first of its errors. */
export function saidBy({ status, body }: Answer): string {
  const errors = (json(body) as { errors?: unknown } | null)?.errors;
  const [first] = arrayOf(errors) as ({ code?: unknown; message?: unknown } | null)[];
  const words = [first?.code, first?.message].filter((each) => typeof each === 'string');
  return [status, ...words].join(' ').replace(/\s+/g, ' ').slice(0, 300);
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The token in what a token server answers: https://distribution.github.io/distribution/spec/auth/token/ */
export function parseToken({ status, body }: Answer): string | null {
  if (status !== 200) return null;
  const { token, access_token: access } = (json(body) ?? {}) as Record<string, unknown>;
  const found = [token, access].find((each) => typeof each === 'string' && each !== '');
  // What stands in a header must be able to.
  return typeof found === 'string' && /^[\x21-\x7e]+$/.test(found) ? found : null;
}

function isDigest(text: unknown): text is string {
  return typeof text === 'string' && /^sha256:[a-f0-9]{64}$/.test(text);
}

function digestOf(body: Uint8Array): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

/** An object or an array; null for anything else. */
function json(body: Uint8Array): object | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
