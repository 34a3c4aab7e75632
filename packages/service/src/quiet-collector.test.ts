import { pollFor } from '@parley/testkit';
import { afterEach, expect, test } from 'vitest';
import { collectWhenQuiet } from './quiet-collector.ts';

let stop = (): void => {};
afterEach(() => stop());

const forgotten = (): WeakRef<object> => new WeakRef(Array.from({ length: 100_000 }, (_, at) => ({ at })));

test('what nobody holds any more is collected once it is quiet', async () => {
  const held = forgotten();
  stop = collectWhenQuiet({ intervalMs: 50, growth: 1 });
  expect(await pollFor(() => held.deref() === undefined, true, { intervalMs: 100 })).toBe(true);
});

test('while there is much to do nothing is collected', async () => {
  const held = forgotten();
  stop = collectWhenQuiet({ intervalMs: 20, growth: 1 });
  const end = performance.now() + 300;
  while (performance.now() < end) {
    const busy = performance.now() + 10;
    while (performance.now() < busy);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(held.deref()).toBeDefined();
});
