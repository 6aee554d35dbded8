/** A name, or a name and a password, before the host. What follows an `@` in `docker-image://app@sha256:…` is no host. */
const LOGIN = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@(?!sha\d+:)/i;

/** The same with a password in which characters are not escaped that have to be: no address, but a secret all the same. */
const UNESCAPED = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#@:[]*:(?!\d+(?:[/?#]|$)).*)@(?!sha\d+:)/i;

/**
 * The login in an address, as in `https://user:token@host/x.git`; null without one. The account that ssh logs in to is
 * none: it is no secret, and a part of where something is.
 */
export function loginIn(address: string): string | null {
  const [, scheme = '', login = null] = matchIn(address) ?? [];
  return scheme.toLowerCase() === 'ssh://' && !login?.includes(':') ? null : login;
}

/** The address without its login, which does not say what is there. */
export function withoutLogin(address: string): string {
  const [whole = '', scheme = ''] = matchIn(address) ?? [];
  return loginIn(address) === null ? address : scheme + address.slice(whole.length);
}

/** What nobody is to see of a login: a name and a password, or a name that may be a token. */
export function secretsIn(address: string): string[] {
  const login = loginIn(address);
  if (login === null) return [];
  const at = login.indexOf(':');
  return at < 0 ? [`${login}@`] : [login, login.slice(at + 1)];
}

/**
 * The same in a name of an image, before whose server somebody wrote them: `user:password@host/app`. A tag before a
 * digest, `app:1@…`, is no password.
 */
export function secretsInName(name: string): string[] {
  const address = asAddress(name);
  const secrets = secretsIn(address);
  return secrets.length > 1 && /:\/\/.+\//.test(withoutLogin(address)) ? secrets : [];
}

/** With a scheme before it, if it has none. */
export function asAddress(text: string): string {
  return /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`;
}

function matchIn(address: string): RegExpExecArray | null {
  return LOGIN.exec(address) ?? UNESCAPED.exec(address);
}
