import { secretsInName } from '../../model/login-in-address.ts';
import { type BuildCache, CACHE_MODES, type Image } from '../../model/manifest.ts';
import { cacheTagOf } from '../../model/naming.ts';
import { isTag, parseReference } from '../../model/reference.ts';
import { isKeptOut } from '../../model/remote-policy.ts';
import type { Findings, Mistake } from '../findings.ts';
import type { Entries } from '../tree.ts';
import type { Context } from './context.ts';
import { Fields } from './fields.ts';

/** A build's `cache`: `registry`, `inline`, or a map with `ref` and `mode`. An empty one counts as none. */
export function readBuildCache(
  fields: Fields,
  { secrets }: Pick<Context, 'secrets'>,
): BuildCache | null {
  const value = fields.get('cache');
  if (value?.kind !== 'mapping') {
    const kind = fields.string('cache');
    if (kind === 'inline') return { kind };
    return kind === 'registry' ? { kind, ref: null, mode: 'max' } : null;
  }
  const own = new Fields(value.entries, fields.findings);
  const [ref, written] = [own.string('ref'), own.string('mode')];
  const given = own.get('ref');
  for (const secret of secretsInName(ref ?? '')) secrets.add(secret);
  const mistake = ref === null ? null : mistakeIn(ref);
  if (given !== null && mistake !== null) own.findings.reject(given, mistake);
  return { kind: 'registry', ref, mode: CACHE_MODES.find((mode) => mode === written) ?? 'max' };
}

/** Docker would write to `latest`, which is an image's, where the reference has no tag. */
function mistakeIn(ref: string): Mistake | null {
  const reference = parseReference(ref);
  const isTagged = reference !== null && ref.endsWith(`:${reference.tag}`);
  if (isTagged) return null;
  return {
    code: 'bad-cache',
    message: reference === null ? `\`${ref}\` is no image reference` : `\`${ref}\` has no tag`,
    advice: 'write it as `registry.example.com/name:buildcache`; names are in lower case',
  };
}

/**
 * Checks that there is a registry to keep an image's cache in. A `cache` of `defaults` is not meant for images that
 * no registry has; one's own is.
 */
export function checkBuildCache(
  image: Image,
  own: Entries,
  defaults: Entries,
  findings: Findings,
): void {
  const cache = image.build?.cache ?? null;
  if (cache?.kind !== 'registry') return;
  const value = new Fields(new Map([...defaults, ...own]), findings).get('cache');
  if (value === null || findings.hasBadIn(value)) return;
  const needsRegistry = cache.ref === null && image.homes.length === 0;
  if (needsRegistry || isKeptOut(image)) {
    if (own.has('cache')) findings.reject(value, withoutRegistry(needsRegistry));
    return;
  }
  const tag = cacheTagOf(image);
  if (cache.ref !== null || isTag(tag)) return;
  findings.reject(value, {
    code: 'bad-cache',
    message: `the cache beside the image would have the tag \`${tag}\`, of ${tag.length} characters; docker takes 128`,
    advice: 'name another reference: `cache: { ref: … }`',
  });
}

function withoutRegistry(needsRegistry: boolean): Mistake {
  return {
    code: 'cache-without-registry',
    message: needsRegistry
      ? 'there is no registry to keep the cache in: the image has no `registry`'
      : 'there is no registry to keep the cache in: `remote_policy: none` keeps the image from every one',
    advice: needsRegistry
      ? 'give the image a `registry`, or say where: `cache: { ref: … }`'
      : 'leave `cache` out, or give the image another `remote_policy`',
  };
}
