import { ImageGraph } from '../../src/graph/graph.ts';
import { type BuildOptions, makeOptions, type Shapes } from '../../src/model/build-options.ts';
import { mainRegistryRef, resolvedHomes } from '../../src/model/homes.ts';
import type { Image, ImageTest } from '../../src/model/manifest.ts';
import { referenceOf } from '../../src/model/naming.ts';
import type { RunPolicy } from '../../src/model/plan.ts';
import { DEFAULT_LIMITS, type Home, type Registry } from '../../src/model/registry.ts';
import type { ResolvedBuild, ResolvedImage } from '../../src/model/resolved.ts';

/** Resolved images without files or a manifest, for the rooms that come after `inputs`. */

const place = { source: { path: 'ensure.yaml', text: '' }, start: 0, end: 0 };

export const TEAM: Registry = {
  key: 'team',
  server: 'registry.test:5000',
  credentials: null,
  limits: DEFAULT_LIMITS,
};

/** A registry for what is in that of the team already. */
export const MIRROR: Registry = { ...TEAM, key: 'mirror', server: 'mirror.test' };

const NOTHING: Shapes<never> = {
  text: null,
  map: new Map<string, never>(),
  arguments: new Map<string, never>(),
  cacheSources: [],
  cacheTargets: [],
  flag: false,
  secrets: [],
  ssh: [],
};

/** A test of an image. */
export const TEST: ImageTest = {
  command: ['check'],
  entrypoint: null,
  env: new Map(),
  mounts: [],
  network: 'none',
  timeoutMs: 1000,
  hashed: false,
  isGivenFromOutside: false,
};

/** The options of a build of which nothing is said, in a manifest as well as resolved. */
export const NO_OPTIONS: BuildOptions<never> = makeOptions((_, { shape }) => NOTHING[shape]);

/** A policy that allows everything and forces nothing. */
export const FREE: RunPolicy = {
  force: new Set(),
  pull: true,
  build: true,
  push: true,
  test: true,
  offline: false,
  tagAll: false,
  require: null,
};

export interface Imagined extends Partial<Omit<Image, 'build'>> {
  /** Its only registry, where `homes` does not say otherwise. */
  readonly registry?: Registry | null;
  /** Its parents; null: an image that is not built. */
  readonly parents?: readonly ResolvedImage[] | null;
  readonly buildKeys?: Partial<ResolvedBuild>;
}

/** An image that tests ask for the name that its main registry has it by; null without one. */
export type ImaginedImage = ResolvedImage & { readonly registryRef: string | null };

export function homeAt(registry: Registry, remotePolicy: Home['remotePolicy'] = 'all'): Home {
  return { registry, remotePolicy };
}

/** An image with a hash in its tag and no registry, unless it is said otherwise. */
export function imagine(
  key: string,
  { parents = [], buildKeys = {}, registry = null, ...own }: Imagined = {},
): ImaginedImage {
  const hash = parents === null ? null : key.charCodeAt(0).toString(16).padStart(64, '0');
  const image: Image = {
    key,
    place,
    folder: '/project',
    name: key,
    version: null,
    withHash: hash !== null,
    hashLength: 64,
    forceBuild: false,
    homes: registry === null ? [] : [homeAt(registry, own.remotePolicy)],
    prependServer: true,
    remotePolicy: 'all',
    require: 'local',
    onRegistryError: 'fail',
    tags: [],
    skipChecks: new Set(),
    tests: [],
    build: null,
    ...own,
  };
  const build = hash === null || parents === null ? null : imagineBuild(hash, parents, buildKeys);
  const known = resolvedHomes(image, hash);
  // An image of the manifest without a build has a place without a registry.
  const homes = build === null ? known : known.filter((home) => home.registry !== null);
  return {
    image,
    ref: referenceOf(image, hash),
    homes,
    registryRef: mainRegistryRef({ homes }),
    hash,
    build,
    isTested: image.tests.length > 0 || (parents ?? []).some(({ isTested }) => isTested),
  };
}

function imagineBuild(
  hash: string,
  parents: readonly ResolvedImage[],
  own: Partial<ResolvedBuild>,
): ResolvedBuild {
  return {
    hash,
    inputs: '{}',
    files: {
      directory: '/project',
      selected: [],
      list: { entries: new Map(), document: '{}', hash: '' },
    },
    dockerfile: {
      path: '/project/Dockerfile',
      shown: 'Dockerfile',
      bytes: Buffer.from('FROM scratch\n'),
    },
    parents: parents.map((parent) => ({
      key: parent.image.key,
      name: parent.image.name,
      contexts: [parent.image.name],
      ref: parent.ref,
      hash: parent.hash,
    })),
    baseImages: [],
    cache: null,
    unseenBases: [],
    copiedContexts: [],
    names: {
      meaningOf: () => ({ is: 'outside' }),
      bases: [],
      platforms: new Map(),
      namesOf: () => [],
      others: () => [],
    },
    parentUses: [],
    inlineFiles: [],
    mayAskForSecrets: false,
    syntax: null,
    platforms: ['linux/amd64'],
    additionalContexts: new Map(),
    ...NO_OPTIONS,
    ...own,
  };
}

/** The graph and the map of imagined images, which are given parents first. */
export function gather(images: readonly ResolvedImage[]): {
  graph: ImageGraph;
  images: ReadonlyMap<string, ResolvedImage>;
} {
  const parents = images.map((resolved): [string, string[]] => [
    resolved.image.key,
    (resolved.build?.parents ?? []).map(({ key }) => key),
  ]);
  return {
    graph: new ImageGraph(new Map(parents)),
    images: new Map(images.map((resolved) => [resolved.image.key, resolved])),
  };
}
