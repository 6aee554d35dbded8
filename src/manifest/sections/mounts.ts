import { resolve } from 'node:path';
import type { BuildSecret, BuildSsh } from '../../model/manifest.ts';
import { itemsOf, type Tree } from '../tree.ts';
import type { Context } from './context.ts';
import { Fields } from './fields.ts';

/** A secret as it is written, in either spelling. */
interface SecretKeys {
  readonly id: string | null;
  readonly env: string | null;
  readonly src: string | null;
}

/** A build's `secrets`. */
export function readBuildSecrets(build: Fields, context: Context): BuildSecret[] {
  const ids = new Set<string>();
  return itemsOf(build.get('secrets') ?? undefined).flatMap((item) => {
    const keys = secretKeys(item, build);
    if (keys === null) return [];
    const secret = makeSecret(keys, context);
    if (secret === null) build.findings.reject(item, NO_SECRET);
    if (secret === null || isTaken(secret.id, ids, item, build)) return [];
    if ('env' in secret.from && secret.from.value) context.secrets.add(secret.from.value);
    return [secret];
  });
}

const NO_SECRET = {
  code: 'bad-secret',
  message: 'a secret needs an `id`, and either `env` or `src`',
  advice: 'write `{ id: npm, env: NPM_TOKEN }` or `{ id: npm, src: npm-token }`',
};

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
  return text === null ? null : compactKeys(text);
}

/** Docker's own spelling: `id=npm,env=NPM_TOKEN`. A part that is none of ours makes it no secret. */
function compactKeys(text: string): SecretKeys {
  const parts = text.split(',').map((part) => /^(id|env|src|source)=(.+)$/.exec(part.trim()));
  if (parts.includes(null)) return { id: null, env: null, src: null };
  const given = new Map(parts.map((part) => [part?.[1], part?.[2] ?? null]));
  return {
    id: given.get('id') ?? null,
    env: given.get('env') ?? null,
    src: given.get('src') ?? given.get('source') ?? null,
  };
}

function makeSecret({ id, env, src }: SecretKeys, context: Context): BuildSecret | null {
  if (id === null || (env === null) === (src === null)) return null;
  if (env === null) return { id, from: { file: resolve(context.folder, src ?? '') } };
  return { id, from: { env, value: context.variables.get(env) ?? null } };
}

/** A build's `ssh`: `default`, `id` or `id=path[,path]`. */
export function readBuildSsh(build: Fields, folder: string): BuildSsh[] {
  const ids = new Set<string>();
  return itemsOf(build.get('ssh') ?? undefined).flatMap((item) => {
    const text =
      item.kind === 'scalar' && !build.findings.isBad(item) ? build.stringOf(item) : null;
    if (text === null) return [];
    const [, id, paths = ''] = /^([^=,\s]+)(?:=(.*))?$/s.exec(text) ?? [];
    if (id === undefined) build.findings.reject(item, NO_SSH);
    if (id === undefined || isTaken(id, ids, item, build)) return [];
    const given = paths.split(',').filter((path) => path !== '');
    return [{ id, paths: given.map((path) => resolve(folder, path)) }];
  });
}

const NO_SSH = {
  code: 'bad-ssh',
  message: 'an entry of `ssh` is `default`, an id, or `id=path`',
  advice: 'write `default`, or `deploy=keys/deploy`',
};
