import type { Credentials, Registry } from '../../model/manifest.ts';
import { isServer, parseReference } from '../../model/reference.ts';
import type { Mistake } from '../findings.ts';
import { type Entry, entriesOf, type Tree } from '../tree.ts';
import type { Context } from './context.ts';
import { Fields } from './fields.ts';

type RegistryContext = Pick<Context, 'findings' | 'secrets'>;

/** The section `registries`; null where it is no map. */
export function readRegistries(
  section: Tree | undefined,
  context: RegistryContext,
): Map<string, Registry> | null {
  if (section !== undefined && context.findings.isBad(section)) return null;
  return new Map(
    [...entriesOf(section)].map(([key, entry]) => [key, readRegistry(entry, context)]),
  );
}

function readRegistry(entry: Entry, context: RegistryContext): Registry {
  const fields = new Fields(entriesOf(entry.value), context.findings);
  const server = fields.string('server');
  const mistake = server === null ? null : serverMistake(server);
  const value = fields.get('server');
  if (mistake !== null && value !== null) context.findings.reject(value, mistake);
  return {
    key: entry.key,
    server: mistake === null ? server : null,
    credentials: readCredentials(fields, context),
  };
}

function readCredentials(
  fields: Fields,
  { findings, secrets }: RegistryContext,
): Credentials | null {
  const username = fields.string('username');
  const password = fields.string('password');
  if (password !== null) secrets.add(password);
  if (username !== null && password !== null) return { username, password };
  const [given, missing] = username === null ? ['password', 'username'] : ['username', 'password'];
  const value = fields.get(given);
  if (value === null || fields.string(given) === null || fields.isBad(missing)) return null;
  findings.reject(value, {
    code: 'half-credentials',
    message: `a registry with a ${given} needs a \`${missing}\` too`,
    advice: 'give both, or neither to use the credentials that docker already has',
  });
  return null;
}

function serverMistake(server: string): Mistake | null {
  const advice = serverAdvice(server);
  const message = `\`${server}\` is not a registry server`;
  return advice === null ? null : { code: 'bad-server', message, advice };
}

/** What to do about a server that is none; null for one that is. */
function serverAdvice(server: string): string | null {
  if (/^[a-z]+:\/\//i.test(server)) return 'write it without `https://`';
  if (server.includes('/')) return 'a server has no path: put that into the `name` of each image';
  if (!isServer(server)) return 'write `host` or `host:port`';
  // Docker tells a server from an account on Docker Hub by its dot or port.
  const { server: seen } = parseReference(`${server}/image`) ?? {};
  const known = seen === server || server === 'index.docker.io';
  return known
    ? null
    : 'docker takes a lone word for an account on Docker Hub: add a domain or a port';
}
