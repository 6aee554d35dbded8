import type { Credentials } from '../credentials.ts';
import type { DockerEnvironment } from '../unusable.ts';
import { type Answer, parseToken } from './answers.ts';
import { type Challenge, parseChallenge } from './challenge.ts';
import { basicOf, type FindCredentials } from './find-credentials.ts';
import { mayHearPassword, type Place } from './place.ts';
import { isProxied } from './proxied.ts';
import type { Send } from './transport.ts';

/** What a session works with. */
export interface SessionTools {
  readonly env: DockerEnvironment;
  readonly send: Send;
  readonly findCredentials: FindCredentials;
}

/** What a token is to allow: https://distribution.github.io/distribution/spec/auth/scope/ */
export type Actions = 'pull' | 'pull,push' | 'delete';

/** What is to be done with which repository. */
interface Aim {
  readonly repository: string;
  readonly actions: Actions;
}

/** How a registry wants to be asked about a repository. */
export interface Session {
  /** How one says who one is. */
  readonly scheme: 'open' | 'basic' | 'token';
  /** The `Authorization` that it wants, '' where it wants none; null where there is none to give. */
  authorization(aim: Aim, signal: AbortSignal): Promise<string | null>;
  /** Forgets what the registry has refused: a token may have expired. False: there was none. */
  renew(aim: Aim): boolean;
}

/** Why a registry cannot be asked over HTTP. */
export interface Unopened {
  readonly problem: string;
}

type Where = Pick<Place, 'server' | 'origin' | 'loginKey'>;

/**
 * Asks a registry how it wants to be asked, as docker does; gives why where it does not say. It is asked
 * before its first question, so that no registry answers "not found" to one whom it does not know yet.
 */
export async function openSession(
  place: Where,
  tools: SessionTools,
  signal: AbortSignal,
): Promise<Session | Unopened> {
  const { server, origin, loginKey } = place;
  const url = new URL('/v2/', origin);
  const answer = await tools.send({ url, server, headers: {}, signal });
  if (answer === null) return { problem: `no answer came from ${origin}` };
  if (answer.status === 200)
    return { scheme: 'open', authorization: async () => '', renew: () => false };
  if (answer.status !== 401) return { problem: `${url.href} answers with ${answer.status}` };
  const challenge = parseChallenge(headerOf(answer));
  if (challenge === null) return { problem: 'it does not say how one logs in' };
  const credentials = await tools.findCredentials(loginKey);
  if (credentials === null) return { problem: 'docker has a login that only docker can use' };
  if (challenge.scheme === 'basic') return basicSession(credentials);
  return tokenSession((aim, within) =>
    fetchToken({ place, challenge, credentials, aim }, tools, within),
  );
}

function basicSession(credentials: Credentials): Session | Unopened {
  if (credentials.kind !== 'password') return { problem: 'it wants a login' };
  const header = `Basic ${basicOf(credentials)}`;
  return { scheme: 'basic', authorization: async () => header, renew: () => false };
}

/** A token a repository and kind of use, for the time of the run. */
function tokenSession(fetch: (aim: Aim, signal: AbortSignal) => Promise<string | null>): Session {
  const tokens = new Map<string, Promise<string | null>>();
  return {
    scheme: 'token',
    async authorization(aim, signal) {
      const scope = scopeOf(aim);
      const known = tokens.get(scope) ?? fetch(aim, signal);
      tokens.set(scope, known);
      const token = await known;
      if (token === null && tokens.get(scope) === known) tokens.delete(scope);
      return token === null ? null : `Bearer ${token}`;
    },
    renew: (aim) => tokens.delete(scopeOf(aim)),
  };
}

function scopeOf({ repository, actions }: Aim): string {
  return `repository:${repository}:${actions}`;
}

interface Wish {
  readonly place: Where;
  readonly challenge: Extract<Challenge, { scheme: 'bearer' }>;
  readonly credentials: Credentials;
  readonly aim: Aim;
}

/** https://distribution.github.io/distribution/spec/auth/token/ and …/oauth/ */
async function fetchToken(
  { place: { server, origin }, challenge, credentials, aim }: Wish,
  { env, send }: SessionTools,
  signal: AbortSignal,
): Promise<string | null> {
  if (!URL.canParse(challenge.realm)) return null;
  const url = new URL(challenge.realm);
  if (!mayHearPassword(url, origin) || isProxied(url, env)) return null;
  const scope = scopeOf(aim);
  const what = { ...(challenge.service === null ? {} : { service: challenge.service }), scope };
  // The certificates of a registry's folder are believed of the registry alone.
  const common = { server: url.origin === origin ? server : url.host, signal };
  if (credentials.kind === 'identity') {
    const grant = { grant_type: 'refresh_token', refresh_token: credentials.token };
    const body = new URLSearchParams({ ...what, ...grant, client_id: 'docker-ensure' }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return tokenOf(await send({ ...common, url, headers, body }));
  }
  for (const [name, value] of Object.entries(what)) url.searchParams.set(name, value);
  const headers: Record<string, string> =
    credentials.kind === 'password' ? { authorization: `Basic ${basicOf(credentials)}` } : {};
  return tokenOf(await send({ ...common, url, headers }));
}

function tokenOf(answer: Answer | null): string | null {
  return answer === null ? null : parseToken(answer);
}

function headerOf({ headers }: Answer): string | undefined {
  const value = headers['www-authenticate'];
  return typeof value === 'string' ? value : value?.join(', ');
}
