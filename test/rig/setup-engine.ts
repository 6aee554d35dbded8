import type { TestProject } from 'vitest/node';
import { engineFor, type Store, seed } from './engine/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    store: Store;
  }
}

/** The global set-up of an engine tier: one engine with the base image, for all its test files. */
export function setUpEngine(store: Store) {
  return async ({ provide }: TestProject): Promise<() => Promise<void>> => {
    const engine = await engineFor({ name: engineName(store), store });
    await seed(engine);
    provide('store', store);
    return () => engine.stop();
  };
}

/** The name under which the test files of a tier join its engine. */
export function engineName(store: Store): string {
  return `test-${store}`;
}
