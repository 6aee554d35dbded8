import { secretsInName } from '../../model/login-in-address.ts';
import { nearest } from '../../model/nearest.ts';
import { parseReference } from '../../model/reference.ts';
import type { Text } from '../../model/text.ts';
import type { Mistake } from '../findings.ts';
import { itemsOf, type Scalar } from '../tree.ts';
import type { Context } from './context.ts';
import { formatRecord, parseRecord } from './csv.ts';
import type { Fields } from './fields.ts';
import { outsidePath } from './paths.ts';

type Direction = 'cache_from' | 'cache_to';

/**
 * A build's `cache_from` or `cache_to`, in docker's own spelling: references, or `type=local,src=…` with
 * keys in any case. A folder in it is relative to the manifest.
 *
 * Types: https://docs.docker.com/build/cache/backends/
 */
export function readCaches(key: Direction, build: Fields, context: Context): Text[] {
  return itemsOf(build.get(key) ?? undefined).flatMap((item) => {
    if (item.kind !== 'scalar' || build.findings.isBad(item)) return [];
    const text = build.textOf(item);
    const cache = item.refs.length > 0 ? text : readCache(text.join(''), key, item, context);
    return cache === null ? [] : [cache];
  });
}

function readCache(text: string, key: Direction, item: Scalar, context: Context): Text | null {
  for (const field of parseRecord(text) ?? [])
    for (const secret of secretsInName(field.replace(/^ref=/i, ''))) context.secrets.add(secret);
  const mistake = mistakeIn(text, key);
  if (mistake !== null) {
    context.findings.reject(item, { code: 'bad-cache', ...mistake });
    return null;
  }
  const options = optionsOf(text);
  if (options === null) return [text];
  const local = options.get('type') === 'local';
  const fields: string[] = [];
  for (const [name, value] of options) {
    if (SECRET.includes(name)) context.secrets.add(value);
    const path = local && FOLDERS.includes(name) ? outsidePath(value, item, context) : value;
    if (path === null) return null;
    fields.push(`${name}=${path}`);
  }
  return [formatRecord(fields)];
}

const FOLDERS = ['src', 'dest'];

/** Of the types `s3`, `azblob` and `gha`. */
const SECRET = ['secret_access_key', 'session_token', 'token'];

/** The `key=value` pairs of a cache, keys in lower case; null where it is only references. */
function optionsOf(text: string): Map<string, string> | null {
  const fields = parseRecord(text) ?? [];
  if (fields.every((field) => !field.includes('='))) return null;
  return new Map(
    fields.map((field): [string, string] => {
      const at = field.indexOf('=');
      return [field.slice(0, at).toLowerCase(), field.slice(at + 1)];
    }),
  );
}

/** What each type cannot do without. */
const NEEDS: Readonly<Record<string, Readonly<Record<Direction, string | null>>>> = {
  registry: { cache_from: 'ref', cache_to: 'ref' },
  local: { cache_from: 'src', cache_to: 'dest' },
  inline: { cache_from: null, cache_to: null },
  gha: { cache_from: null, cache_to: null },
  s3: { cache_from: null, cache_to: null },
  azblob: { cache_from: null, cache_to: null },
};

function mistakeIn(text: string, key: Direction): Omit<Mistake, 'code'> | null {
  const fields = parseRecord(text);
  if (fields === null || text === '') {
    const advice = 'a `"` stands around a whole field: `"type=local","src=a,b"`';
    return { message: `\`${text}\` is no list of fields with commas between them`, advice };
  }
  const options = optionsOf(text);
  if (options === null) return badReference(fields, key);
  const lone = fields.find((field) => !field.includes('='));
  if (lone !== undefined) {
    const advice = 'write `type=registry,ref=REFERENCE`, or the reference alone';
    return { message: `\`${lone}\` in \`${text}\` is no \`key=value\``, advice };
  }
  const type = options.get('type') ?? '';
  const types = Object.keys(NEEDS);
  const known = `the types are ${types.join(', ')}`;
  if (type === '') return { message: `\`${text}\` has no \`type\``, advice: known };
  if (!Object.hasOwn(NEEDS, type)) {
    // Docker reads nothing from a cache that it does not know, and goes on.
    if (key === 'cache_from') return null;
    const near = nearest(type, types);
    const advice = near === null ? known : `did you mean \`${near}\`?`;
    return { message: `docker knows no cache of the type \`${type}\``, advice };
  }
  const needed = NEEDS[type]?.[key] ?? null;
  if (needed !== null && !options.get(needed)) {
    const example = `type=${type},${needed}=${needed === 'ref' ? 'REFERENCE' : 'FOLDER'}`;
    const message = `a cache of the type \`${type}\` needs \`${needed}\` in \`${key}\``;
    return { message, advice: `write \`${example}\`` };
  }
  return type === 'registry' ? badReference([options.get('ref') ?? ''], key) : null;
}

/** Where docker looks for a cache that cannot be, it finds none; where it is to write one, it fails. */
function badReference(refs: readonly string[], key: Direction): Omit<Mistake, 'code'> | null {
  const bad = key === 'cache_to' ? refs.find((ref) => parseReference(ref) === null) : undefined;
  if (bad === undefined) return null;
  const advice = 'write it as `registry.example.com/name:tag`; names are in lower case';
  return { message: `\`${bad}\` is no image reference`, advice };
}
