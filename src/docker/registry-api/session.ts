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

/** How a registry wants to be asked about a repository. */
export interface Session {
  /** The `Authorization` that it wants, '' where it wants none; null where there is none to give. */
  authorization(repository: string, signal: AbortSignal): Promise<string | null>;
  /** Forgets what the registry has refused: a token may have expired. False: there was none. */
  renew(repository: string): boolean;
}

type Where = Pick<Place, 'server' | 'origin' | 'loginKey'>;

/**
 * Asks a registry how it wants to be asked, as docker does: null where it does not say. It is asked
 * before its first question, so that no registry answers "not found" to one whom it does not know yet.
 */
export async function openSession(
  place: Where,
  tools: SessionTools,
  signal: AbortSignal,
): Promise<Session | null> {
  const { server, origin, loginKey } = place;
  const url = new URL('/v2/', origin);
  const answer = await tools.send({ url, server, headers: {}, signal });
  if (answer?.status === 200) return { authorization: async () => '', renew: () => false };
  if (answer?.status !== 401) return null;
  const challenge = parseChallenge(headerOf(answer));
  const credentials = challenge && (await tools.findCredentials(loginKey));
  if (challenge === null || credentials === null) return null;
  if (challenge.scheme === 'basic') return basicSession(credentials);
  return tokenSession((repository, within) =>
    fetchToken({ place, challenge, credentials, repository }, tools, within),
  );
}

function basicSession(credentials: Credentials): Session | null {
  if (credentials.kind !== 'password') return null;
  const header = `Basic ${basicOf(credentials)}`;
  return { authorization: async () => header, renew: () => false };
}

/** A token a repository, for the time of the run. */
function tokenSession(
  fetch: (repository: string, signal: AbortSignal) => Promise<string | null>,
): Session {
  const tokens = new Map<string, Promise<string | null>>();
  return {
    async authorization(repository, signal) {
      const known = tokens.get(repository) ?? fetch(repository, signal);
      tokens.set(repository, known);
      const token = await known;
      if (token === null && tokens.get(repository) === known) tokens.delete(repository);
      return token === null ? null : `Bearer ${token}`;
    },
    renew(repository) {
      return tokens.delete(repository);
    },
  };
}

interface Wish {
  readonly place: Where;
  readonly challenge: Extract<Challenge, { scheme: 'bearer' }>;
  readonly credentials: Credentials;
  readonly repository: string;
}

/** https://distribution.github.io/distribution/spec/auth/token/ and …/oauth/ */
async function fetchToken(
  { place: { server, origin }, challenge, credentials, repository }: Wish,
  { env, send }: SessionTools,
  signal: AbortSignal,
): Promise<string | null> {
  if (!URL.canParse(challenge.realm)) return null;
  const url = new URL(challenge.realm);
  if (!mayHearPassword(url, origin) || isProxied(url, env)) return null;
  const scope = `repository:${repository}:pull`;
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
