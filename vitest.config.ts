import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{packages,apps}/*/{src,test}/**/*.test.ts', 'web/src/**/*.test.ts', 'e2e/**/*.test.ts'],
    globalSetup: ['packages/testkit/src/postgres-setup.ts'],
    reporters: ['default', './packages/testkit/src/left-out-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Each file starts servers and terminals of its own; more files at once than cores only makes them wait.
    maxWorkers: 2,
  },
});
