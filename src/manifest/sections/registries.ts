import { DEFAULT_LIMITS, type Registry, type RegistryLimits } from '../../model/manifest.ts';
import { isServer, parseReference } from '../../model/reference.ts';
import type { Mistake } from '../findings.ts';
import { type Entry, entriesOf, type Tree } from '../tree.ts';
import type { Context } from './context.ts';
import { readCredentials } from './credentials.ts';
import { readDuration } from './durations.ts';
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
