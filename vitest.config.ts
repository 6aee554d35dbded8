import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const WORKERS = Math.max(2, availableParallelism() - 1);

const engineTier = (store: 'classic' | 'containerd', groupOrder: number) => ({
  test: {
    name: `engine-${store}`,
    include: ['test/engine/**/*.test.ts'],
    globalSetup: [`test/rig/setup-${store}.ts`],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Tests wait for docker more than they compute, and each has images of its own.
    maxWorkers: 4,
    sequence: { groupOrder },
  },
});

/** Each file has engines of its own, which it kills: one file at a time is enough for two cores. */
const faultTier = (store: 'classic' | 'containerd', groupOrder: number) => ({
  test: {
    name: `faults-${store}`,
    include: ['test/faults/**/*.test.ts'],
    globalSetup: [`test/rig/setup-faults-${store}.ts`],
    testTimeout: 600_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    sequence: { groupOrder },
  },
});

/**
 * The tiers of tests, each with a time limit of its own, one after the other. The engine tiers need a
 * docker engine, which they start.
 */
export default defineConfig({
  test: {
    globalSetup: ['test/rig/setup-bundle.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/cli/**', 'test/engine/**', 'test/faults/**'],
          testTimeout: 120_000,
          maxWorkers: WORKERS,
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'cli',
          include: ['test/cli/**/*.test.ts'],
          testTimeout: 120_000,
          maxWorkers: WORKERS,
          isolate: false,
          sequence: { groupOrder: 2 },
        },
      },
      engineTier('classic', 3),
      engineTier('containerd', 4),
      faultTier('classic', 5),
      faultTier('containerd', 6),
    ],
  },
});
