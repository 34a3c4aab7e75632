import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const UNITS = ['{packages,apps}/*/src/**/*.test.ts', 'web/src/**/*.test.ts'];

/**
 * Units last: what takes long must not begin when the rest is done. Before them by turns what drives browsers, which is at
 * work all the time, and what mostly waits for servers that were killed or paused: side by side they share the cores best.
 */
class ByTurns extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's own.
    const sorted = await super.sort(files);
    const units = sorted.filter(({ project }) => project.name === 'units');
    const wholes = sorted.filter(({ project }) => project.name !== 'units');
    const busy = wholes.filter(({ moduleId }) => moduleId.includes('/e2e/'));
    const waiting = wholes.filter(({ moduleId }) => !moduleId.includes('/e2e/'));
    const turns = Array.from({ length: Math.max(busy.length, waiting.length) }, (_, turn) => [
      busy[turn],
      waiting[turn],
    ]);
    return [...turns.flat().filter((file) => file !== undefined), ...units];
  }
}

// A machine that others use, too, takes most of a minute for what takes seconds.
const times = { testTimeout: 90_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    globalSetup: ['packages/testkit/src/postgres-setup.ts'],
    reporters: ['default', './packages/testkit/src/left-out-reporter.ts'],
    sequence: { sequencer: ByTurns },
    // One more than two cores: each file waits for servers and terminals of its own nearly half of its time.
    maxWorkers: 3,
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
