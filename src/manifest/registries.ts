import type { Credentials, Registry } from '../model/manifest.ts';
import { isServer, parseReference } from '../model/reference.ts';
import type { Context } from './context.ts';
import { Fields } from './fields.ts';
import { type Entries, type Entry, entriesOf } from './tree.ts';

type RegistryContext = Pick<Context, 'findings' | 'secrets'>;

/** The section `registries`. */
export function readRegistries(entries: Entries, context: RegistryContext): Map<string, Registry> {
  return new Map([...entries].map(([key, entry]) => [key, readRegistry(entry, context)]));
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
  const given = fields.get(username === null ? 'password' : 'username');
  const missing = username === null ? 'username' : 'password';
  const missingTree = fields.entries.get(missing)?.value;
  if (given === null || (missingTree !== undefined && findings.isBad(missingTree))) return null;
  findings.reject(given, {
    code: 'half-credentials',
    message: `a registry with a ${username === null ? 'password' : 'username'} needs a \`${missing}\` too`,
    advice: 'give both, or neither to use the credentials that docker already has',
  });
  return null;
}

function serverMistake(server: string): { code: string; message: string; advice: string } | null {
  const mistake = (advice: string) => ({
    code: 'bad-server',
    message: `\`${server}\` is not a registry server`,
    advice,
  });
  if (/^[a-z]+:\/\//i.test(server)) return mistake('write it without `https://`');
  if (server.includes('/'))
    return mistake('a server has no path: put the path into the `name` of each image');
  if (!isServer(server)) return mistake('write `host` or `host:port`');
  if (parseReference(`${server}/image`)?.repository === 'image' || server === 'docker.io')
    return null;
  if (server === 'index.docker.io') return null;
  return mistake(
    'docker takes a lone word for an account on Docker Hub: add the domain or the port',
  );
}
