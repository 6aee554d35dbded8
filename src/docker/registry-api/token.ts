/**
 * Does a token say that one may push to the repository? Null where it does not tell: many are not to be read. What a
 * readable one grants stands in it: https://distribution.github.io/distribution/spec/auth/jwt/
 */
export function mayPushWith(authorization: string, repository: string): boolean | null {
  const [, payload = ''] = authorization.replace(/^Bearer /, '').split('.');
  const access = accessIn(payload);
  if (access === null) return null;
  return access.some((each) => {
    const { type, name, actions } = (each ?? {}) as Readonly<Record<string, unknown>>;
    if (type !== 'repository' || name !== repository || !Array.isArray(actions)) return false;
    return actions.includes('push') || actions.includes('*');
  });
}

function accessIn(payload: string): readonly unknown[] | null {
  try {
    const { access } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
      access?: unknown;
    };
    return Array.isArray(access) ? access : null;
  } catch {
    return null;
  }
}
