import type { BuildSecret, BuildSsh } from '../../model/build-options.ts';
import { itemsOf, type Tree } from '../tree.ts';
import type { Context } from './context.ts';
import { parseRecord } from './csv.ts';
import { Fields } from './fields.ts';
import { outsidePath } from './paths.ts';

/** A secret as it is written, in either spelling. */
interface SecretKeys {
  readonly id: string | null;
  readonly env: string | null;
  readonly src: string | null;
}

/** A build's `secrets`. */
export function readBuildSecrets(key: string, build: Fields, context: Context): BuildSecret[] {
  const ids = new Set<string>();
  return itemsOf(build.get(key) ?? undefined).flatMap((item) => {
    const keys = secretKeys(item, build);
    if (keys === null) return [];
    const secret = makeSecret(keys, item, context);
    if (secret === null || isTaken(secret.id, ids, item, build)) return [];
    if ('env' in secret.from && secret.from.value) context.secrets.add(secret.from.value);
    return [secret];
  });
}

const NO_SECRET = {
  code: 'bad-secret',
  advice: 'write `{ id: npm, env: NPM_TOKEN }` or `{ id: npm, src: npm-token }`',
} as const;

/** Two mounts of one id: docker would take either. */
function isTaken(id: string, ids: Set<string>, item: Tree, build: Fields): boolean {
  const taken = ids.has(id);
  ids.add(id);
  if (taken) {
    const message = `the id \`${id}\` is given twice`;
    build.findings.reject(item, { code: 'duplicate-id', message, advice: 'remove one of the two' });
  }
  return taken;
}

function secretKeys(item: Tree, build: Fields): SecretKeys | null {
  if (build.findings.hasBadIn(item)) return null;
  if (item.kind === 'mapping') {
    const fields = new Fields(item.entries, build.findings);
    return { id: fields.string('id'), env: fields.string('env'), src: fields.string('src') };
  }
  const text = item.kind === 'scalar' ? build.stringOf(item) : null;
  if (text === null) return null;
  const keys = compactKeys(text);
  if (typeof keys !== 'string') return keys;
  build.findings.reject(item, { ...NO_SECRET, message: keys });
  return null;
}

/**
 * Docker's own spelling, `id=npm,env=NPM_TOKEN`, keys in any case; or what is wrong with it.
 *
 * https://docs.docker.com/reference/cli/docker/buildx/build/#secret
 */
function compactKeys(text: string): SecretKeys | string {
  const pairs = parseRecord(text)?.map((field) => /^\s*(\w+)=(.*?)\s*$/s.exec(field));
  if (pairs === undefined || pairs.includes(null))
    return 'a secret is `key=value` pairs with commas between them';
  const given = new Map(pairs.map((pair) => [pair?.[1]?.toLowerCase() ?? '', pair?.[2] ?? '']));
  const unknown = [...given.keys()].find((key) => !SECRET_KEYS.includes(key));
  if (unknown !== undefined) return `a secret has no key \`${unknown}\``;
  const type = given.get('type');
  if (type !== undefined && type !== 'env' && type !== 'file')
    return `a secret cannot be of the type \`${type}\``;
  const id = given.get('id') || null;
  const src = given.get('src') || given.get('source') || null;
  const env = given.get('env') || null;
  // With this type `src` names a variable, and without one the id does.
  return type === 'env' && env === null ? { id, env: src ?? id, src: null } : { id, env, src };
}

const SECRET_KEYS = ['type', 'id', 'src', 'source', 'env'];

function makeSecret(
  { id, env, src }: SecretKeys,
  item: Tree,
  context: Context,
): BuildSecret | null {
  const { variables, findings } = context;
  if (id === null) {
    findings.reject(item, { ...NO_SECRET, message: 'a secret needs an `id`' });
    return null;
  }
  // Like docker: `env` wins over `src`, and an id alone is that of a variable, or else of a file.
  const variable = env ?? (src === null && variables.has(id) ? id : null);
  if (variable !== null)
    return { id, from: { env: variable, value: variables.get(variable) ?? null } };
  const file = outsidePath(src ?? id, item, context);
  return file === null ? null : { id, from: { file } };
}

/** A build's `ssh`: `default`, `id` or `id=path[,path]`. */
export function readBuildSsh(key: string, build: Fields, context: Context): BuildSsh[] {
  const ids = new Set<string>();
  return itemsOf(build.get(key) ?? undefined).flatMap((item) => {
    const text =
      item.kind === 'scalar' && !build.findings.isBad(item) ? build.stringOf(item) : null;
    if (text === null) return [];
    const [, id, paths = ''] = /^([^=,\s]+)(?:=(.*))?$/s.exec(text) ?? [];
    if (id === undefined) build.findings.reject(item, NO_SSH);
    if (id === undefined || isTaken(id, ids, item, build)) return [];
    const given = paths.split(',').filter((path) => path !== '');
    return [{ id, paths: given.flatMap((path) => outsidePath(path, item, context) ?? []) }];
  });
}

const NO_SSH = {
  code: 'bad-ssh',
  message: 'an entry of `ssh` is `default`, an id, or `id=path`',
  advice: 'write `default`, or `deploy=keys/deploy`',
} as const;
