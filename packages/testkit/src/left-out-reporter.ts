/**
 * A vitest reporter for the closing lines: says what was left out and why, and under CI=true makes that a failure. What
 * counts is what the setup noted and every skipped test: pass a reason with `ctx.skip(reason)`.
 */
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import { takeLeftOut } from './left-out.ts';

export default class LeftOutReporter implements Reporter {
  #isFiltered = false;

  onInit(vitest: Vitest): void {
    // A name filter (`-t`) skips what was not asked for: that is not left out.
    this.#isFiltered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = [...takeLeftOut(), ...(this.#isFiltered ? [] : describeSkipped(modules))];
    for (const line of lines) console.log(`Left out: ${line}.`);
    if (lines.length === 0 || process.env.CI !== 'true') return;
    console.error('Under CI=true nothing may be left out: this run fails.');
    process.exitCode = 1;
  }
}

/** One line for each reason and file: `3 tests of e2e/chat.test.ts (no browser)`. */
function describeSkipped(modules: readonly TestModule[]): string[] {
  const counts = new Map<string, number>();
  for (const module of modules) {
    for (const test of module.children.allTests('skipped')) {
      const result = test.result();
      const reason = result.state === 'skipped' && result.note !== undefined ? result.note : 'skipped';
      const key = `${module.relativeModuleId} (${reason})`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return [...counts].map(([key, count]) => `${count} ${count === 1 ? 'test' : 'tests'} of ${key}`);
}
