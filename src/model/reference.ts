import { HUB } from './hub.ts';

/**
 * An image reference, `[server/]repository[:tag]`, in its two spellings.
 *
 * Grammar: distribution/reference (https://pkg.go.dev/github.com/distribution/reference). Docker
 * normalises a name before it looks it up (`x` is `docker.io/library/x:latest`) and prints the
 * familiar form, so references are compared by `normalized` and shown as they were written.
 */
export interface Reference {
  /** `docker.io`, or the host[:port] that the name begins with. */
  readonly server: string;
  /** With `library/` where Docker Hub adds it. */
  readonly repository: string;
  readonly tag: string;
}

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const HOST_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const HOST = `(?:${HOST_PART}(?:\\.${HOST_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const SERVER = new RegExp(`^${HOST}$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** The longest name, host and `library/` included, that Engine 23 takes; later ones leave out the host. */
const NAME_LENGTH = 255;

/** True for a tag that docker takes: 1 to 128 word characters, dots and dashes. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** True for `host` or `host:port`. */
export function isServer(text: string): boolean {
  return SERVER.test(text);
}

/**
 * The parts of a reference, normalised as docker does, or null if docker would not take it. A
 * digest is not accepted.
 */
export function parseReference(text: string): Reference | null {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const hasServer = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const rest = hasServer ? text.slice(slash + 1) : text;
  const colon = rest.indexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? 'latest' : rest.slice(colon + 1);
  // `b_c.d/x`: no server can be called so, and docker takes it all the same.
  if (hasServer && !isServer(first) && !REPOSITORY.test(first)) return null;
  if (!REPOSITORY.test(path) || !isTag(tag)) return null;
  const server = !hasServer || first === 'index.docker.io' ? HUB : first;
  const repository = server === HUB && !path.includes('/') ? `library/${path}` : path;
  // The engine calls it without its server, and would read that as an image ID.
  if (server === HUB && /^library\/[a-f0-9]{64}$/.test(repository)) return null;
  if (server.length + 1 + repository.length > NAME_LENGTH) return null;
  return { server, repository, tag };
}

/** The full form, `docker.io/library/x:latest`: equal for equal images. */
export function normalizedReference(reference: Reference): string {
  return `${reference.server}/${reference.repository}:${reference.tag}`;
}

/** The short form that docker prints: `x:latest`, `team/x:1`, `host:5000/x:1`. */
export function familiarReference(reference: Reference): string {
  const { server, repository, tag } = reference;
  if (server !== HUB) return `${server}/${repository}:${tag}`;
  return `${repository.replace(/^library\/(?=[^/]+$)/, '')}:${tag}`;
}
