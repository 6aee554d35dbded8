/** How a registry wants to be told who asks: https://www.rfc-editor.org/rfc/rfc9110#name-www-authenticate */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | null };

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(
  `^\\s*(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))\\s*,?`,
);
const SCHEME = new RegExp(`^[\\s,]*(${TOKEN})(?:\\s+|$|(?=,))`);

/**
 * The first challenge of a `WWW-Authenticate` header that can be met; null where there is none, or
 * where the header cannot be read to its end. A token is preferred to a password, as docker does.
 */
export function parseChallenge(header: string | undefined): Challenge | null {
  const challenges: Challenge[] = [];
  let rest = header ?? '';
  while (rest.trim() !== '') {
    const scheme = SCHEME.exec(rest);
    if (scheme === null) return null;
    const parameters = parametersOf(rest.slice(scheme[0].length));
    rest = parameters.rest;
    const challenge = challengeOf((scheme[1] ?? '').toLowerCase(), parameters.values);
    if (challenge !== null) challenges.push(challenge);
  }
  return challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges[0] ?? null;
}

function parametersOf(text: string): { values: ReadonlyMap<string, string>; rest: string } {
  const values = new Map<string, string>();
  let rest = text;
  for (;;) {
    const found = PARAMETER.exec(rest);
    if (found === null) return { values, rest };
    const [all, name = '', quoted, plain = ''] = found;
    values.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain);
    rest = rest.slice(all.length);
  }
}

function challengeOf(scheme: string, values: ReadonlyMap<string, string>): Challenge | null {
  if (scheme === 'basic') return { scheme };
  const realm = values.get('realm');
  if (scheme !== 'bearer' || realm === undefined) return null;
  return { scheme, realm, service: values.get('service') ?? null };
}
