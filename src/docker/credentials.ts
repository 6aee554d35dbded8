import { HUB, serverOf } from '../model/hub.ts';
import type { LoginConfig } from './login-config.ts';

/**
 * What docker would tell a registry, or its token server: nothing, a name and a password, or a token
 * that stands for them (OAuth's refresh token).
 */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity'; readonly token: string };

/** Where docker has them: at hand, or with a program `docker-credential-NAME`. */
export type Source = Credentials | { readonly kind: 'helper'; readonly name: string };

/**
 * Where docker finds a server's login, by its rules:
 * https://github.com/docker/cli/blob/master/cli/config/configfile/file.go (GetAuthConfig). Null where
 * it has one that is not known here. `first`: what DOCKER_AUTH_CONFIG says, which comes before all.
 */
export function sourceOf(config: LoginConfig, first: LoginConfig, key: string): Source | null {
  const urgent = first.auths?.[key];
  if (urgent !== undefined) return loginOf(urgent);
  const own = config.credHelpers?.[key];
  const helper = own === undefined ? config.credsStore : own;
  if (typeof helper === 'string' && helper !== '') return helperOf(helper);
  return loginOf(entryOf(config.auths ?? {}, key));
}

/** True where a configuration's own file has a login for a server; null: Docker Hub. */
export function hasLogin({ auths }: LoginConfig, server: string | null): boolean {
  return loginOf(entryOf(auths ?? {}, serverOf(server ?? HUB)))?.kind !== 'none';
}

/** Old configurations have addresses for names: `https://HOST/v1/`. */
function entryOf(auths: Readonly<Record<string, unknown>>, key: string): unknown {
  if (auths[key] !== undefined) return auths[key];
  const old = Object.keys(auths).find((each) => serverOf(each) === serverOf(key));
  return old === undefined ? undefined : auths[old];
}

/** A name that a program can have. */
function helperOf(name: string): Source | null {
  return /^[\w.-]+$/.test(name) ? { kind: 'helper', name } : null;
}

function loginOf(entry: unknown): Credentials | null {
  if (entry === undefined || entry === null) return { kind: 'none' };
  if (typeof entry !== 'object') return null;
  const { auth, username, password, identitytoken, registrytoken } = entry as Record<
    string,
    unknown
  >;
  if (isText(identitytoken)) return { kind: 'identity', token: identitytoken };
  // It goes to the registry as it is, and is nothing that docker itself writes.
  if (isText(registrytoken)) return null;
  if (isText(auth)) return passwordOf(Buffer.from(auth, 'base64').toString('utf8'));
  if (isText(username) && isText(password)) return { kind: 'password', username, password };
  return { kind: 'none' };
}

function passwordOf(pair: string): Credentials | null {
  const [, username = '', password = ''] = /^([^:]+):(.+?)\0*$/s.exec(pair) ?? [];
  return username === '' ? null : { kind: 'password', username, password };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** What a helper's `get` printed: https://github.com/docker/docker-credential-helpers#usage */
export function parseHelper(stdout: string): Credentials | null {
  try {
    const { Username: username, Secret: secret } = JSON.parse(stdout) as Record<string, unknown>;
    if (!isText(secret) || typeof username !== 'string') return null;
    if (username === '<token>') return { kind: 'identity', token: secret };
    return username === '' ? null : { kind: 'password', username, password: secret };
  } catch {
    return null;
  }
}

/** True where a helper that failed says that it has no login for the server. */
export function hasNone(stdout: string): boolean {
  return /credentials not found in native keychain/.test(stdout);
}
