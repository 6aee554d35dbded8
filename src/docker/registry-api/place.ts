import { HUB, loginKeyOf } from '../../model/hub.ts';
import { parseReference } from '../../model/reference.ts';
import { isLoopback } from './proxied.ts';

/** Where the registry of a reference answers, and what is asked of it. */
export interface Place {
  /** The server as references name it: docker's folder of certificates has that name. */
  readonly server: string;
  /** `https://HOST[:PORT]`; on this machine `http://…`. */
  readonly origin: string;
  /** What docker's configuration calls the server. */
  readonly loginKey: string;
  readonly repository: string;
  readonly tag: string;
}

/** Docker Hub's registry: https://distribution.github.io/distribution/spec/api/ */
const HUB_HOST = 'registry-1.docker.io';

/**
 * Where to ask for a reference. Null where docker itself should: what is no host's name, and a server
 * of this machine without a port, of which it is not known whether it speaks TLS.
 */
export function placeOf(ref: string): Place | null {
  const reference = parseReference(ref);
  if (reference === null) return null;
  const { server, repository, tag } = reference;
  const host = server === HUB ? HUB_HOST : server;
  const url = parsed(`https://${host}`);
  if (url === null) return null;
  const local = isLoopback(url.hostname);
  if (local && !/:\d+$/.test(host)) return null;
  const origin = parsed(`${local ? 'http' : 'https'}://${host}`)?.origin;
  const loginKey = host === HUB_HOST ? loginKeyOf(null) : server;
  return origin === undefined ? null : { server, origin, loginKey, repository, tag };
}

function parsed(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

/**
 * True where a password may go to the address that a registry names for its tokens: by TLS, or, for a
 * registry of this machine, to this machine.
 */
export function mayHearPassword(realm: URL, origin: string): boolean {
  if (realm.username !== '' || realm.password !== '') return false;
  if (origin.startsWith('https:')) return realm.protocol === 'https:';
  return realm.protocol === 'http:' && isLoopback(realm.hostname);
}

/** True where a registry may send one on to the address for a part of an image. */
export function mayLeadTo(target: URL, origin: string): boolean {
  if (target.protocol === 'https:') return true;
  return target.protocol === 'http:' && origin.startsWith('http:') && isLoopback(target.hostname);
}
