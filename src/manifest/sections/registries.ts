import { HUB, isHub, serverOf } from '../../model/hub.ts';
import { asAddress, loginIn, secretsIn } from '../../model/login-in-address.ts';
import { isServer, parseReference } from '../../model/reference.ts';
import { DEFAULT_LIMITS, type Registry, type RegistryLimits } from '../../model/registry.ts';
import { formatPlace } from '../../model/source.ts';
import type { Findings, Mistake } from '../findings.ts';
import { type Entry, entriesOf, isNone, type Tree } from '../tree.ts';
import type { Context } from './context.ts';
import { readCredentials } from './credentials.ts';
import { readDuration } from './durations.ts';
import { Fields } from './fields.ts';

type RegistryContext = Pick<Context, 'findings' | 'secrets'>;

/** The registries of several manifests as one section: they are shared, and what is said twice must be the same. */
export function mergeRegistries(
  sections: readonly (Tree | undefined)[],
  findings: Findings,
): Tree | undefined {
  const given = sections.filter((section) => section !== undefined && !isNone(section));
  const [first, ...more] = given;
  const odd = given.find((section) => section?.kind !== 'mapping' || findings.isBad(section));
  if (first === undefined || more.length === 0 || odd !== undefined) return odd ?? first;
  const entries = new Map<string, Entry>();
  for (const entry of given.flatMap((section) => [...entriesOf(section).values()])) {
    const other = entries.get(entry.key);
    if (other === undefined) entries.set(entry.key, entry);
    else if (textOf(other.value) !== textOf(entry.value))
      findings.add(entry.keyPlace, {
        code: 'duplicate-key',
        message: `the registry \`${entry.key}\` is another one in ${formatPlace(other.keyPlace)}`,
        advice: 'rename one of the two, or say the same of both',
      });
  }
  return { kind: 'mapping', place: first.place, entries };
}

/** What a tree says, in whatever order. */
function textOf(tree: Tree): string {
  if (tree.kind === 'scalar') return JSON.stringify([tree.value === null ? null : tree.text]);
  if (tree.kind === 'list') return JSON.stringify(tree.items.map(textOf));
  const pairs = [...tree.entries.values()].map(({ key, value }) => [key, textOf(value)]);
  return JSON.stringify(pairs.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

/** The section `registries`; null where it is no map. */
export function readRegistries(
  section: Tree | undefined,
  context: RegistryContext,
): Map<string, Registry> | null {
  if (section !== undefined && context.findings.isBad(section)) return null;
  const registries = new Map<string, Registry>();
  for (const [key, entry] of entriesOf(section)) {
    const registry = readRegistry(entry, context);
    const other = [...registries.values()].find((earlier) => contradict(earlier, registry));
    if (other !== undefined) context.findings.add(entry.keyPlace, twoLogins(registry, other));
    registries.set(key, registry);
  }
  return registries;
}

/** Two logins to one server, as far as they are known. */
function contradict(one: Registry, other: Registry): boolean {
  const [a, b] = [one.credentials, other.credentials];
  if (a === null || b === null || 'lacking' in a || 'lacking' in b) return false;
  return (
    serverOf(one.server ?? HUB) === serverOf(other.server ?? HUB) &&
    JSON.stringify(a) !== JSON.stringify(b)
  );
}

function twoLogins({ key, server }: Registry, other: Registry): Mistake {
  return {
    code: 'two-logins',
    message: `\`${key}\` has other credentials than \`${other.key}\`, for the same server ${server ?? HUB}`,
    advice:
      'docker keeps one login for a server: use one registry for both, or the same credentials',
  };
}

function readRegistry(entry: Entry, context: RegistryContext): Registry {
  const fields = new Fields(entriesOf(entry.value), context.findings);
  const server = fields.string('server');
  for (const secret of server === null ? [] : secretsIn(asAddress(server)))
    context.secrets.add(secret);
  const mistake = server === null ? null : serverMistake(server);
  const value = fields.get('server');
  if (mistake !== null && value !== null) context.findings.reject(value, mistake);
  return {
    key: entry.key,
    server: mistake !== null || server === null || isHub(server) ? null : server,
    credentials: readCredentials(fields, context.secrets),
    limits: readLimits(fields),
  };
}

function readLimits(fields: Fields): RegistryLimits {
  const timeout = fields.string('timeout') === null ? null : fields.get('timeout');
  const seconds = timeout?.kind === 'scalar' ? readDuration(timeout, fields) : null;
  return {
    retries: fields.optionalInteger('retries'),
    timeoutMs: seconds === null ? DEFAULT_LIMITS.timeoutMs : seconds * 1000,
    maxConcurrent: fields.optionalInteger('max_concurrent'),
  };
}

function serverMistake(server: string): Mistake | null {
  const advice = serverAdvice(server);
  const login = loginIn(asAddress(server));
  const shown = login === null ? server : server.replace(login, '***');
  const message = `\`${shown}\` is not a registry server`;
  return advice === null ? null : { code: 'bad-server', message, advice };
}

/** What to do about a server that is none; null for one that is. */
function serverAdvice(server: string): string | null {
  if (loginIn(asAddress(server)) !== null)
    return 'a name and a password are keys of their own: `username` and `password`';
  if (isHub(server)) return null;
  const host = serverOf(server);
  if (host === HUB || host === 'hub.docker.com')
    return 'for Docker Hub leave `server` out, and put the account into the `name` of each image';
  const path = server.replace(/^[a-z]+:\/\//i, '').replace(/^[^/]*\/?/, '');
  if (path !== '') return 'a server has no path: put that into the `name` of each image';
  if (/^[a-z]+:\/\//i.test(server) || server.includes('/'))
    return `write \`${host}\`, without \`https://\` and slashes`;
  if (!isServer(server)) return 'write `host` or `host:port`';
  if (server !== host) return `write it in lower case: \`${host}\``;
  // Docker tells a server from an account on Docker Hub by its dot or port.
  const { server: seen } = parseReference(`${server}/image`) ?? {};
  return seen === server
    ? null
    : 'docker takes a lone word for an account on Docker Hub: add a domain or a port';
}
