import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const UNITS = ['{packages,apps}/*/src/**/*.test.ts', 'web/src/**/*.test.ts'];

/** What starts servers and browsers comes first: what takes long must not begin when the rest is done. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number =>
      project.name === 'units' ? 2 : moduleId.includes('/e2e/') ? 0 : 1;
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's own.
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

const times = { testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    globalSetup: ['packages/testkit/src/postgres-setup.ts'],
    reporters: ['default', './packages/testkit/src/left-out-reporter.ts'],
    sequence: { sequencer: LongFirst },
    // Each file starts servers and terminals of its own; more files at once than cores only makes them wait.
    maxWorkers: 2,
    projects: [
      // They leave nothing behind in the process, so that the next file finds its imports there.
      { test: { name: 'units', include: UNITS, isolate: false, ...times } },
      {
        test: {
          name: 'whole',
          include: ['{packages,apps}/*/test/**/*.test.ts', 'e2e/**/*.test.ts'],
          ...times,
        },
      },
    ],
  },
});
