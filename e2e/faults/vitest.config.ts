/** For the long run: the faults, and the tests of single parts that take counts too, one after the other. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import everything from '../../vitest.config.ts';

export default defineConfig({
  ...everything,
  root: fileURLToPath(new URL('../../', import.meta.url)),
  test: {
    ...everything.test,
    include: ['e2e/faults/*.test.ts', 'packages/store/test/embedded.test.ts', 'apps/gateway/test/session-life.test.ts'],
    testTimeout: 600_000,
    maxWorkers: 1,
  },
});
