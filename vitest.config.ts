import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A worker goes from file to file of its tier: those of one tier come one after the other. */
class ByTier extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const tiers = [...new Set(sorted.map(({ project }) => project.name))].sort();
    return tiers.flatMap((tier) => sorted.filter(({ project }) => project.name === tier));
  }
}

/** Tests without an engine compute all the time. */
const quick = {
  testTimeout: 120_000,
  maxWorkers: Math.max(2, availableParallelism() - 1),
  isolate: false,
  sequence: { groupOrder: 1 },
};

/**
 * Files whose only test has nothing to do with how images are stored: each runs with one of the stores
 * (docs/decisions/0038). In other files `inTurn` and `onThisStore` of test/rig/one-store.ts say so.
 */
const NOT_WITH = {
  classic: ['docker-plugin', 'plan', 'user-tree'],
  containerd: ['mirrors', 'monorepo'],
};

const engineTier = (store: 'classic' | 'containerd') => ({
  test: {
    name: `engine-${store}`,
    include: ['test/engine/**/*.test.ts'],
    exclude: NOT_WITH[store].map((file) => `test/engine/${file}.test.ts`),
    globalSetup: [`test/rig/setup-${store}.ts`],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Tests wait for docker more than they compute, and each has images of its own.
    maxWorkers: 4,
    isolate: false,
    sequence: { groupOrder: 2 },
  },
});

/** Each worker has engines of its own, which its tests kill. */
const faultTier = (store: 'classic' | 'containerd') => ({
  test: {
    name: `faults-${store}`,
    include: ['test/faults/**/*.test.ts'],
    globalSetup: [`test/rig/setup-faults-${store}.ts`],
    testTimeout: 600_000,
    hookTimeout: 180_000,
    maxWorkers: 3,
    isolate: false,
    sequence: { groupOrder: 3 },
  },
});

/**
 * The tiers of tests: first those without a docker engine, then those with one, which they start; the two
 * image stores share the workers. Files share a worker's modules, and what is slow to start.
 */
export default defineConfig({
  test: {
    globalSetup: ['test/rig/setup-bundle.ts'],
    sequence: { sequencer: ByTier },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/cli/**', 'test/engine/**', 'test/faults/**'],
          ...quick,
        },
      },
      { test: { name: 'cli', include: ['test/cli/**/*.test.ts'], ...quick } },
      engineTier('classic'),
      engineTier('containerd'),
      faultTier('classic'),
      faultTier('containerd'),
    ],
  },
});
