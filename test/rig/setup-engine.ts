import type { TestProject } from 'vitest/node';
import { type Engine, engineFor, type Store, seed } from './engine/index.ts';

/** An engine without its verbs: what can be told to another process. */
export type EngineFacts = Pick<
  Engine,
  'name' | 'store' | 'private' | 'prefix' | 'root' | 'socket' | 'env'
>;

declare module 'vitest' {
  interface ProvidedContext {
    store: Store;
    engine: EngineFacts;
  }
}

/** The global set-up of an engine tier: one engine with the base image, for all its test files. */
export function setUpEngine(store: Store) {
  return async ({ provide }: TestProject): Promise<() => Promise<void>> => {
    const engine = await engineFor({ name: engineName(store), store });
    await seed(engine);
    const { name, private: isPrivate, prefix, root, socket, env } = engine;
    provide('store', store);
    provide('engine', { name, store: engine.store, private: isPrivate, prefix, root, socket, env });
    return () => engine.stop();
  };
}

/** The name under which the test files of a tier join its engine. */
export function engineName(store: Store): string {
  return `test-${store}`;
}
