/**
 * A docker engine and registries to do with as one likes: the rig's public face.
 *
 * `engineFor` gives a private engine, or else borrows the one that `docker` already reaches.
 * DOCKER_ENSURE_TEST_ENGINE=private or =borrow leaves it no choice.
 */
import { borrowEngine } from './borrow.ts';
import { startRegistryContainer } from './borrow-registry.ts';
import { startEngine } from './engine.ts';
import { Unavailable } from './errors.ts';
import { startRegistry } from './registry.ts';
import type { Engine, EngineOptions, Registry, RegistryOptions } from './types.ts';

export { isUp } from './api.ts';
export { startEngine } from './engine.ts';
export { scrubbed } from './environment.ts';
export {
  imageIds,
  inspectImage,
  readInImage,
  references,
  removeImages,
  runInImage,
  tagImage,
} from './images.ts';
export { startRegistry } from './registry.ts';
export { seed, seedReference } from './seed.ts';
export type {
  Credentials,
  Engine,
  EngineOptions,
  Registry,
  RegistryOptions,
  Store,
} from './types.ts';

/** A private engine; where there can be none, the user's (look at its `store` and `private`). */
export async function engineFor(options: EngineOptions): Promise<Engine> {
  const wish = process.env.DOCKER_ENSURE_TEST_ENGINE ?? '';
  if (!['', 'private', 'borrow'].includes(wish)) {
    throw new Error(`DOCKER_ENSURE_TEST_ENGINE is "${wish}": use "private" or "borrow".`);
  }
  const log = options.log ?? ((line) => process.stderr.write(`${line}\n`));
  const noPrivate = wish === 'borrow' ? 'DOCKER_ENSURE_TEST_ENGINE says so' : undefined;
  const first = noPrivate ?? (await outcome(() => startEngine({ ...options, log })));
  if (typeof first !== 'string') return first;
  const second = wish === 'private' ? wish : await outcome(() => borrowEngine(options));
  if (typeof second !== 'string') {
    log(`Borrowing the engine docker reaches, for there is no private one: ${first}.`);
    return second;
  }
  const borrowed = wish === 'private' ? 'none is to be borrowed' : second;
  throw new Error(
    `No docker engine to test with: no private one (${first}), and ${borrowed}. ` +
      'Run as root on Debian or Ubuntu, or start Docker with its buildx plugin.',
  );
}

/** A registry that this engine reaches: a process of its own, else a container of the engine. */
export async function registryFor(engine: Engine, options: RegistryOptions): Promise<Registry> {
  const sharesLoopback =
    process.platform === 'linux' && engine.env.DOCKER_HOST?.startsWith('unix:');
  if (engine.private || sharesLoopback) {
    const started = await outcome(() => startRegistry(options));
    if (typeof started !== 'string') return started;
    if (engine.private) throw new Error(`No registry to test with: ${started}.`);
  }
  return startRegistryContainer(engine, options);
}

/** What was asked for, or the reason in one line why it cannot be had. Mistakes are thrown on. */
async function outcome<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unavailable) return error.message;
    throw error;
  }
}
