import { defineConfig } from 'vitest/config';

const engineTier = (store: 'classic' | 'containerd') => ({
  test: {
    name: `engine-${store}`,
    include: ['test/engine/**/*.test.ts'],
    globalSetup: [`test/rig/setup-${store}.ts`],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Tests wait for docker more than they compute, and each has images of its own.
    fileParallelism: true,
    maxWorkers: 4,
  },
});

/** The tiers of tests, each with a time limit of its own; `engine` needs a docker engine. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/cli/**', 'test/engine/**'],
          testTimeout: 60_000,
        },
      },
      {
        test: { name: 'cli', include: ['test/cli/**/*.test.ts'], testTimeout: 60_000 },
      },
      engineTier('classic'),
      engineTier('containerd'),
    ],
  },
});
