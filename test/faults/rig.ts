/**
 * What the fault suite stands on: an engine and a registry of the file's own, a proxy between the two,
 * a look at what both hold, and the count of the faults that were laid.
 */
import { createHash } from 'node:crypto';
import { test as base, expect, inject } from 'vitest';
import {
  type Engine,
  type EngineOptions,
  isUp,
  type Registry,
  references,
  removeImages,
  type Store,
  seed,
  startEngine,
  startRegistry,
} from '../rig/engine/index.ts';
import { imagesOf, leftIn, randomName, succeeded } from '../rig/engine-test.ts';
import { type FaultProxy, startFaultProxy } from '../rig/fault-proxy.ts';
import { countFault, wholeSuite } from '../rig/fault-tally.ts';
import {
  type Files,
  makeProject,
  type Project,
  type Run,
  type RunOptions,
} from '../rig/project.ts';
import { type Held, held, liars, lost, repeated } from './held.ts';

export { endedWith, fates, randomName, succeeded } from '../rig/engine-test.ts';
export { wholeSuite } from '../rig/fault-tally.ts';
export { held, liars, repeated } from './held.ts';

/** Where a fault plays. All that a test makes has repositories beneath `scope`. */
export interface World {
  readonly engine: Engine;
  readonly registry: Registry;
  /** Stands before the registry: references name it as their server. */
  readonly proxy: FaultProxy;
  readonly scope: string;
}

/**
 * The `test` of the fault suite. The engine and the registry are a worker's own, and its tests may kill
 * them: before the next test they are brought back, and before the next file they are emptied.
 */
export const test = base
  .extend('store', { scope: 'worker' }, () => inject('store'))
  .extend('workersEngine', { scope: 'worker' }, ({ store }, { onCleanup }) =>
    anEngine(store, onCleanup),
  )
  .extend('engine', { scope: 'file' }, ({ workersEngine }, { onCleanup }) => {
    onCleanup(() => emptyEngine(workersEngine));
    return workersEngine;
  })
  .extend('workersRegistry', { scope: 'worker' }, async ({ store }, { onCleanup }) => {
    const registry = await startRegistry({ name: `${store}-${randomName()}` });
    onCleanup(() => registry.stop());
    return registry;
  })
  .extend('registry', { scope: 'file' }, ({ workersRegistry }, { onCleanup }) => {
    onCleanup(() => workersRegistry.reset());
    return workersRegistry;
  })
  .extend('world', async ({ engine, registry }, { onCleanup }): Promise<World> => {
    const proxy = await startFaultProxy(registry.host);
    const world = { engine, registry, proxy, scope: `${engine.prefix}/${randomName()}` };
    onCleanup(async () => {
      await recover(world);
      await proxy.stop();
    });
    return world;
  })
  .extend('images', ({ world: { engine, scope } }) => imagesOf(engine, scope))
  /** Makes a project whose docker is the engine's. */
  .extend(
    'project',
    ({ engine }) =>
      (files: Files): Promise<Project> =>
        makeProject(files, { env: engine.env }),
  );

/** An engine of the tier's store, with the seed image. Whoever starts it stops it. */
export async function startFaultEngine(options: Partial<EngineOptions> = {}): Promise<Engine> {
  const own = { name: `faults-${randomName()}`, store: inject('store'), fresh: true };
  const engine = await startEngine({ ...own, ...options });
  await seed(engine);
  return engine;
}

/** An engine that is stopped when it is not needed any more. */
export async function anEngine(
  store: Store,
  onCleanup: (work: () => Promise<void>) => void,
): Promise<Engine> {
  const engine = await startFaultEngine({ store });
  onCleanup(() => engine.stop());
  return engine;
}

/** Removes all images that tests have made. */
export async function emptyEngine(engine: Engine): Promise<void> {
  const made = (await references(engine)).filter((name) => name.includes(engine.prefix));
  await removeImages(engine, made, { force: true });
}

/** The rows of a table of cases that are to be played: all, or those that are quick. */
export function chosen<T extends object>(
  cases: readonly (T & { readonly quick?: boolean })[],
): (T & { readonly quick?: boolean })[] {
  return cases.filter(({ quick = false }) => wholeSuite || quick);
}

export interface ManifestOptions {
  /** Further keys of the registry `team`: `timeout: 3s`. */
  readonly registry?: string;
  /** Further keys of every image. */
  readonly defaults?: string;
  /** Instead of the proxy. */
  readonly server?: string;
}

/** A manifest whose images belong to the registry behind the proxy, and have a hash in their tag. */
export function manifestOf(
  { proxy }: Pick<World, 'proxy'>,
  images: string,
  { registry = '', defaults = '', server = proxy.host }: ManifestOptions = {},
): string {
  const patience = /\bretries:/.test(registry) ? '' : 'retries: 1, ';
  return [
    `registries: { team: { server: "${server}", ${patience}${registry} } }`,
    `defaults: { registry: team, with_hash: true, ${defaults} }`,
    'images:',
    images,
    '',
  ].join('\n');
}

/**
 * The files of a project with one image, `app`, whose one layer of its own nothing can make smaller,
 * and nobody else has.
 */
export function appFiles(
  world: World,
  { size = 300_000, image = '', ...options }: AppOptions = {},
): Files {
  const row = `  app: { name: ${world.scope}/app, build: { files: { only: [blob] } }, ${image} }`;
  return {
    'ensure.yaml': manifestOf(world, row, options),
    Dockerfile: 'FROM docker-ensure-seed:1\nCOPY blob /blob\n',
    blob: noise(world.scope, size),
  };
}

export interface AppOptions extends ManifestOptions {
  /** Bytes of its layer. */
  readonly size?: number;
  /** Further keys of the image. */
  readonly image?: string;
}

/** Bytes that look random and are the same each time. */
export function noise(name: string, size: number): Buffer {
  return createHash('shake256', { outputLength: size }).update(name).digest();
}

export interface Exception {
  /** What has these names may change, vanish, or be pushed again: tags that move, forced builds. */
  readonly except?: RegExp;
  /**
   * A push was stopped in the middle. The engine of the classic store goes on with a request that it has
   * begun, so that the registry may get the same twice: counted, and no reason to fail.
   */
  readonly stopped?: boolean;
}

/**
 * Lays a fault and looks at what becomes of it; counts it whatever that is. Afterwards everything is as
 * it was before: the proxy healed, the registry and the engine up.
 *
 * Of what engine and registry held before, nothing may be missing or changed; no tag may lie; and no
 * run may have uploaded the same tag twice.
 */
export async function survives(
  fault: string,
  world: World,
  play: () => Promise<void>,
  { except = /$^/, stopped = false }: Exception = {},
): Promise<void> {
  const before = await held(world);
  const twice = () => repeated(world.proxy.uploads()).filter((name) => !except.test(name));
  const record = { fault, survived: false, imagesLost: 0, uploadsTwice: 0 };
  try {
    await play();
    await recover(world);
    const after = await held(world);
    expect.soft(liars(after), 'tags that lie').toEqual([]);
    expect.soft(lost(before, after, except), 'images lost').toEqual([]);
    if (!stopped) expect(twice(), 'uploads done twice').toEqual([]);
    record.survived = liars(after).length === 0 && lost(before, after, except).length === 0;
  } finally {
    const after = await recover(world)
      .then(() => held(world))
      .catch(() => NOTHING);
    record.imagesLost = lost(before, after, except).length;
    record.uploadsTwice = twice().length;
    await countFault(record);
  }
}

const NOTHING: Held = { local: new Map(), remote: new Map() };

/** Undoes all that a test may have done to the proxy, the registry and the engine. */
export async function recover({ proxy, registry, engine }: World): Promise<void> {
  proxy.heal();
  const answers = (host: string) =>
    fetch(`http://${host}/v2/`).then(
      () => true,
      () => false,
    );
  if (!(await answers(registry.host))) await registry.restart();
  if (!(await answers(proxy.host))) await proxy.open();
  if (!(await isUp(engine))) await engine.restart();
}

/**
 * Heals everything and expects a second run to complete: every image is here and, where it has a
 * registry, there too, each built from its inputs; a third run finds nothing to do, and nothing is left
 * over.
 */
export async function recovers(
  world: World,
  project: Project,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Awaited<ReturnType<Project['up']>>> {
  await recover(world);
  const second = succeeded(await project.up(args, options));
  const { local, remote } = await held(world);
  for (const { ref, registry_ref, hash } of second.result.images) {
    expect(local.get(withTag(ref)), `${ref} here`).toMatchObject({ hash });
    if (registry_ref === null) continue;
    const name = withTag(registry_ref.slice(registry_ref.indexOf('/') + 1));
    expect(remote.get(name), `${name} in the registry`).toMatchObject({ hash });
  }
  const third = succeeded(await project.up(args, options));
  expect(third.result.summary).toMatchObject({ pull: 0, build: 0, push: 0, retries: 0 });
  expect(await leftIn(project.temporary)).toEqual([]);
  return second;
}

function withTag(ref: string): string {
  return /:[^/]*$/.test(ref) ? ref : `${ref}:latest`;
}

/** How many lines of a run say that something is tried again. */
export function retriesSaid({ stderr }: Run): number {
  return stderr.split('\n').filter((line) => / {2}retrying +try /.test(line)).length;
}
