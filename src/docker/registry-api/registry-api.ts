import type { ClearAnswer, RegistryApi } from '../port.ts';
import { hashInConfig, type Manifest, parseManifest, saysAbsent } from './answers.ts';
import { type Channel, createChannel } from './channel.ts';
import { readInventory } from './inventory.ts';
import { type Place, placeOf } from './place.ts';
import { isProxied } from './proxied.ts';
import { removeManifest } from './remove.ts';
import { openSession, type Session, type SessionTools, type Unopened } from './session.ts';
import { mayPushWith } from './token.ts';

export interface RegistryApiOptions extends SessionTools {
  readonly signal: AbortSignal;
}

/** The longest that a clear answer is waited for. */
const LONGEST_MS = 10_000;

/** The longest that anything is waited for which docker cannot say instead. */
const LONGEST_ALONE_MS = 60_000;

/** Docker is to have most of the time that there is for both. */
const SHARE = 1 / 3;

/** Asks registries over HTTP, as docker would: with its credentials, and what it trusts. */
export function createRegistryApi(options: RegistryApiOptions): RegistryApi {
  const sessions = new Map<string, Promise<Session | Unopened>>();

  // One that could not be opened is not tried again in this run: docker asks that registry.
  const sessionAt = (place: Place, signal: AbortSignal) => {
    const known = sessions.get(place.origin) ?? openSession(place, options, signal);
    sessions.set(place.origin, known);
    return known;
  };

  const open = async (ref: string, signal: AbortSignal): Promise<Opened | Unopened> => {
    options.signal.throwIfAborted();
    const place = placeOf(ref);
    if (place === null) return { problem: 'its address is one that only docker can read' };
    if (isProxied(new URL(place.origin), options.env))
      return { problem: 'it is behind a proxy, where only docker asks' };
    const session = await sessionAt(place, signal);
    return 'problem' in session ? session : { place, session };
  };

  const within = (timeoutMs: number) =>
    AbortSignal.any([options.signal, AbortSignal.timeout(Math.ceil(timeoutMs))]);

  /** A channel whose requests have the time each, not together. */
  const patient =
    ({ place, session }: Opened, timeoutMs: number): Channel =>
    (request) => {
      options.signal.throwIfAborted();
      const signal = within(Math.min(timeoutMs, LONGEST_ALONE_MS));
      return createChannel({ place, session, tools: options, signal })(request);
    };

  return {
    async ask(ref, timeoutMs) {
      const signal = within(Math.min(timeoutMs * SHARE, LONGEST_MS));
      const opened = await open(ref, signal);
      const answer =
        'problem' in opened
          ? null
          : await question(opened.place, createChannel({ ...opened, tools: options, signal }));
      options.signal.throwIfAborted();
      return answer;
    },

    async mayPush(ref, timeoutMs) {
      const signal = within(Math.min(timeoutMs, LONGEST_MS));
      const opened = await open(ref, signal);
      if ('problem' in opened || opened.session.scheme !== 'token') return null;
      const { repository } = opened.place;
      const aim = { repository, actions: 'pull,push' } as const;
      const token = await opened.session.authorization(aim, signal);
      options.signal.throwIfAborted();
      return token === null ? null : mayPushWith(token, repository);
    },

    async inventory(name, { timeoutMs, isWanted, inTurn }) {
      const opened = await open(name, within(Math.min(timeoutMs, LONGEST_ALONE_MS)));
      options.signal.throwIfAborted();
      if ('problem' in opened) return { ok: false, message: opened.problem };
      const channel = patient(opened, timeoutMs);
      const found = await readInventory((request) => inTurn(() => channel(request)), isWanted);
      options.signal.throwIfAborted();
      return found;
    },

    async remove(name, digest, timeoutMs) {
      const opened = await open(name, within(Math.min(timeoutMs, LONGEST_ALONE_MS)));
      options.signal.throwIfAborted();
      if ('problem' in opened) return { ok: false, message: opened.problem };
      const done = await removeManifest(patient(opened, timeoutMs), digest);
      options.signal.throwIfAborted();
      return done;
    },
  };
}

interface Opened {
  readonly place: Place;
  readonly session: Session;
}

async function question({ tag }: Place, read: Channel): Promise<ClearAnswer | null> {
  const answer = await read({ path: `manifests/${tag}` });
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
async function hashOf(manifest: Manifest, read: Channel): Promise<string | null | undefined> {
  if (manifest.is === 'image') {
    if (manifest.config === null) return null;
    const answer = await read({ path: `blobs/${manifest.config}` });
    return answer === null ? undefined : hashInConfig(answer, manifest.config);
  }
  for (const digest of manifest.images) {
    const answer = await read({ path: `manifests/${digest}` });
    const image = answer && parseManifest(answer, digest);
    const hash = image?.is === 'image' ? await hashOf(image, read) : undefined;
    if (hash !== null) return hash;
  }
  return null;
}
