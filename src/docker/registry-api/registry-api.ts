import type { ClearAnswer, RegistryApi } from '../port.ts';
import {
  ACCEPTED,
  type Answer,
  hashInConfig,
  type Manifest,
  parseManifest,
  saysAbsent,
} from './answers.ts';
import { mayLeadTo, type Place, placeOf } from './place.ts';
import { isProxied } from './proxied.ts';
import { openSession, type Session, type SessionTools } from './session.ts';

export interface RegistryApiOptions extends SessionTools {
  readonly signal: AbortSignal;
}

/** The longest that a clear answer is waited for. */
const LONGEST_MS = 10_000;

/** Docker is to have most of the time that there is for both. */
const SHARE = 1 / 3;

const MOST_REDIRECTS = 3;

/** Asks registries over HTTP, as docker would: with its credentials, and what it trusts. */
export function createRegistryApi(options: RegistryApiOptions): RegistryApi {
  const sessions = new Map<string, Promise<Session | null>>();

  // One that could not be opened is not tried again in this run: docker asks that registry.
  const sessionAt = (place: Place, signal: AbortSignal) => {
    const known = sessions.get(place.origin) ?? openSession(place, options, signal);
    sessions.set(place.origin, known);
    return known;
  };

  return {
    async ask(ref, timeoutMs) {
      const place = placeOf(ref);
      if (place === null || isProxied(new URL(place.origin), options.env)) return null;
      const within = AbortSignal.timeout(Math.ceil(Math.min(timeoutMs * SHARE, LONGEST_MS)));
      const signal = AbortSignal.any([options.signal, within]);
      options.signal.throwIfAborted();
      const session = await sessionAt(place, signal);
      const answer =
        session && (await question(place, createReader(place, session, options, signal)));
      options.signal.throwIfAborted();
      return answer;
    },
  };
}

/** Fetches what is at a path of a repository; null where no answer came. */
type Reader = (path: string) => Promise<Answer | null>;

async function question({ tag }: Place, read: Reader): Promise<ClearAnswer | null> {
  const answer = await read(`manifests/${tag}`);
  if (answer === null) return null;
  if (saysAbsent(answer)) return { is: 'absent' };
  const manifest = parseManifest(answer, null);
  const hash = manifest && (await hashOf(manifest, read));
  if (manifest === null || hash === undefined) return null;
  return { is: 'present', digest: manifest.digest, hash };
}

/**
 * The input hash in an image's labels, of several platforms' the first that has one; undefined where a
 * part of the image cannot be had.
 */
async function hashOf(manifest: Manifest, read: Reader): Promise<string | null | undefined> {
  if (manifest.is === 'image') {
    if (manifest.config === null) return null;
    const answer = await read(`blobs/${manifest.config}`);
    return answer === null ? undefined : hashInConfig(answer, manifest.config);
  }
  for (const digest of manifest.images) {
    const answer = await read(`manifests/${digest}`);
    const image = answer && parseManifest(answer, digest);
    const hash = image?.is === 'image' ? await hashOf(image, read) : undefined;
    if (hash !== null) return hash;
  }
  return null;
}

function createReader(
  place: Place,
  session: Session,
  { send, env }: RegistryApiOptions,
  signal: AbortSignal,
): Reader {
  const { origin, server, repository } = place;

  const follow = async (url: URL, authorization: string): Promise<Answer | null> => {
    const own = url.origin === origin;
    // What is for the registry goes to nobody else.
    const headers = {
      accept: ACCEPTED,
      ...(own && authorization !== '' ? { authorization } : {}),
    };
    return send({ url, server: own ? server : url.host, headers, signal });
  };

  const fetch = async (path: string, authorization: string): Promise<Answer | null> => {
    let url = new URL(`/v2/${repository}/${path}`, origin);
    for (let hops = 0; ; hops += 1) {
      const answer = await follow(url, authorization);
      const target = answer && path.startsWith('blobs/') ? targetOf(answer, url) : null;
      if (target === null) return answer;
      if (hops === MOST_REDIRECTS || !mayLeadTo(target, origin)) return null;
      if (isProxied(target, env)) return null;
      url = target;
    }
  };

  return async (path) => {
    const authorization = await session.authorization(repository, signal);
    if (authorization === null) return null;
    const answer = await fetch(path, authorization);
    if (answer?.status !== 401 || !session.renew(repository)) return answer;
    const anew = await session.authorization(repository, signal);
    return anew === null ? null : fetch(path, anew);
  };
}

/** Where an answer sends one on to; null where it does not. */
function targetOf({ status, headers }: Answer, from: URL): URL | null {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(status) || typeof location !== 'string') return null;
  return URL.canParse(location, from.href) ? new URL(location, from) : null;
}
