const ADDRESS = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i;

/**
 * The login in an address, as in `https://user:token@host/x.git`; null without one. The account that ssh logs in to is
 * none: it is no secret, and a part of where something is.
 */
export function loginIn(address: string): string | null {
  const [, scheme = '', login = null] = ADDRESS.exec(address) ?? [];
  return scheme.toLowerCase() === 'ssh://' && !login?.includes(':') ? null : login;
}

/** The address without its login, which does not say what is there. */
export function withoutLogin(address: string): string {
  return loginIn(address) === null ? address : address.replace(ADDRESS, '$1');
}

/** What nobody is to see of a login: a name and a password, or a name that may be a token. */
export function secretsIn(address: string): string[] {
  const login = loginIn(address);
  if (login === null) return [];
  const at = login.indexOf(':');
  return at < 0 ? [`${login}@`] : [login, login.slice(at + 1)];
}
