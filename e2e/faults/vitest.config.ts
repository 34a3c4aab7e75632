/** For the long run: the faults, and the tests of single parts that take counts too, one after the other. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import everything from '../../vitest.config.ts';

/** Each property of theirs is tried with as many cases as `fuzzRuns` of the testkit says. */
const FUZZED = [
  'packages/protocol/test/{codec,frequent-requests,host-channel,terminal-control}.test.ts',
  'packages/protocol/src/trunk.test.ts',
  'packages/terminal/src/{input-tokenizer,width,text-clusters,sanitize,wrap,style,editor,message-list,painter.property}.test.ts',
  'packages/client/src/live-rooms.test.ts',
  'apps/core/src/{chat/{event-encoding,catching-up},realtime/frames}.test.ts',
  'apps/tui/src/{layout/layout,views/tui-view.property,views/hostile-strings}.test.ts',
];

export default defineConfig({
  ...everything,
  root: fileURLToPath(new URL('../../', import.meta.url)),
  test: {
    ...everything.test,
    maxWorkers: 1,
    projects: [
      {
        test: {
          name: 'faults',
          include: [
            'e2e/faults/*.test.ts',
            'packages/store/test/embedded.test.ts',
            'apps/gateway/test/session-life.test.ts',
            ...FUZZED,
          ],
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
