import { HUB, serverOf } from '../model/hub.ts';
import { parseReference } from '../model/reference.ts';
import { imageInContext, type ResolvedBuild } from '../model/resolved.ts';

/** Whether a build cannot do without a login there, as far as its names tell. */
export type Need = 'must' | 'may';

/**
 * Which of some servers a build may fetch from, or write a cache to. The official images of Docker
 * Hub are everybody's: a login spares their limits, no more.
 */
export function fetchesFrom(
  build: ResolvedBuild,
  servers: Iterable<string>,
): ReadonlyMap<string, Need> {
  const needs = new Map<string, Need>();
  for (const name of imagesOf(build)) {
    const reference = parseReference(name.replace(/@.*$/s, ''));
    if (reference === null) continue;
    const server = serverOf(reference.server);
    const official = server === HUB && reference.repository.startsWith('library/');
    if (!official) needs.set(server, 'must');
    else if (!needs.has(server)) needs.set(server, 'may');
  }
  for (const server of servers) {
    if (server !== HUB && isNamed(build, server)) needs.set(server, 'must');
  }
  return needs;
}

function imagesOf(build: ResolvedBuild): string[] {
  const contexts = [...build.additionalContexts.values()].flatMap(
    (context) => imageInContext(context) ?? [],
  );
  // A builder of the user's own has no images of this machine: it fetches parents, too.
  const parents = build.builder === null ? [] : build.parents.map(({ ref }) => ref);
  const caches = [...build.cacheFrom, ...build.cacheTo].flatMap(imageOfCache);
  const syntax = build.syntax === null ? [] : [build.syntax];
  const bases = build.baseImages.filter((name) => name !== 'scratch');
  return [...bases, ...contexts, ...parents, ...caches, ...syntax];
}

/** `type=registry,ref=NAME`, or NAME alone. */
export function imageOfCache(cache: string): string[] {
  if (!cache.includes('=')) return [cache];
  const fields = cache.split(',').map((field) => field.replaceAll('"', '').trim());
  if (!fields.some((field) => /^type=registry$/i.test(field))) return [];
  return fields.flatMap((field) => /^ref=(.+)$/is.exec(field)?.[1] ?? []);
}

/** Where a variable hides the whole name of an image, its server may still be told. */
function isNamed(build: ResolvedBuild, server: string): boolean {
  const host = server.replace(/[.[\]]/g, '\\$&');
  const values = [...build.buildArgs.values(), ...build.unhashedBuildArgs.values()];
  const inValue = new RegExp(`(?<![\\w.-])${host}(?:/|$)`, 'i');
  if (values.some((value) => inValue.test(value))) return true;
  const inInstruction = new RegExp(
    `^(?!\\s*#).*(?:\\bFROM\\s+(?:--\\S+\\s+)*|\\bfrom=|=)["']?${host}/`,
    'im',
  );
  return inInstruction.test(Buffer.from(build.dockerfile.bytes).toString('utf8'));
}
