import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{packages,apps}/*/{src,test}/**/*.test.ts', 'web/src/**/*.test.ts', 'e2e/**/*.test.ts'],
    globalSetup: ['packages/testkit/src/postgres-setup.ts'],
    reporters: ['default', './packages/testkit/src/left-out-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Half of the time a file of tests waits for what it has killed, paused or cut: two of them use half of two cores.
    maxWorkers: 3,
  },
});
