import { HUB } from '../../model/hub.ts';
import { nearest } from '../../model/nearest.ts';
import {
  type Home,
  REMOTE_POLICIES,
  type Registry,
  type RemotePolicy,
} from '../../model/registry.ts';
import type { Mistake } from '../findings.ts';
import { itemsOf, type Tree } from '../tree.ts';
import type { Context } from './context.ts';
import { Fields } from './fields.ts';

/** What `remote_policy` says; null where it says nothing. */
export function readRemotePolicy(fields: Fields): RemotePolicy | null {
  const given = fields.string('remote_policy');
  return REMOTE_POLICIES.find((policy) => policy === given) ?? null;
}

/** The registries of an image: its `registry`, one or a list. `policy`: of those that say nothing of it. */
export function readHomes(fields: Fields, policy: RemotePolicy, context: Context): Home[] {
  const value = fields.get('registry');
  if (value === null || context.registries === null) return [];
  if (value.kind !== 'list') return readHome(value, policy, context);
  if (value.items.length === 0) context.findings.reject(value, EMPTY_LIST);
  const homes: Home[] = [];
  for (const item of itemsOf(value)) {
    for (const home of readHome(item, policy, context)) {
      const other = homes.find(({ registry }) => isSameServer(registry, home.registry));
      if (other === undefined) homes.push(home);
      else context.findings.reject(item, twice(home.registry, other.registry));
    }
  }
  return homes;
}

const EMPTY_LIST: Mistake = {
  code: 'bad-value',
  message: '`registry` is an empty list',
  advice: 'name a registry, or write `registry: ~` for none',
};

/** None where an entry comes out empty, or is wrong. */
function readHome(tree: Tree, policy: RemotePolicy, context: Context): Home[] {
  const { findings } = context;
  if (findings.isBad(tree)) return [];
  const fields = new Fields(
    tree.kind === 'mapping'
      ? tree.entries
      : new Map([['registry', { key: 'registry', keyPlace: tree.place, value: tree }]]),
    findings,
  );
  const registry = readRegistryKey(fields, context);
  const own = readRemotePolicy(fields);
  const given = fields.get('remote_policy');
  if (own === 'none' && given !== null) findings.reject(given, USELESS);
  return registry === null ? [] : [{ registry, remotePolicy: own ?? policy }];
}

const USELESS: Mistake = {
  code: 'unused-registry',
  message: '`remote_policy: none` leaves a registry of the list without use',
  advice: 'leave the registry out of the list, or write `pull_only` or `push_only`',
};

function readRegistryKey(
  fields: Fields,
  { registries, findings }: Pick<Context, 'registries' | 'findings'>,
): Registry | null {
  const key = fields.string('registry');
  const value = fields.get('registry');
  if (key === null || value === null || registries === null) return null;
  const registry = registries.get(key);
  if (registry !== undefined) return registry;
  const near = nearest(key, registries.keys());
  findings.reject(value, {
    code: 'unknown-registry',
    message: `no registry is called \`${key}\``,
    advice:
      near === null
        ? `declare it: \`registries: { ${key}: { server: … } }\``
        : `did you mean \`${near}\`?`,
  });
  return null;
}

function isSameServer(one: Registry, other: Registry): boolean {
  return one.server === other.server;
}

/** Both would have the image by one name. */
function twice(registry: Registry, other: Registry): Mistake {
  const isSame = registry.key === other.key;
  return {
    code: 'duplicate-registry',
    message: isSame
      ? `the registry \`${registry.key}\` is in the list already`
      : `\`${registry.key}\` and \`${other.key}\` are one server, ${registry.server ?? HUB}: it cannot have the image twice`,
    advice: 'leave one of them out',
  };
}
