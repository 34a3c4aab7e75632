import { pollFor } from '@parley/testkit';
import { afterEach, test } from 'vitest';
import { collectWhenQuiet } from './quiet-collector.ts';

let stop = (): void => {};
afterEach(() => stop());

const forgotten = (): WeakRef<object> => new WeakRef(Array.from({ length: 100_000 }, (_, at) => ({ at })));

test('what nobody holds any more is collected once it is quiet', async () => {
  const held = forgotten();
  stop = collectWhenQuiet({ intervalMs: 50, worthBytes: 1 });
  await pollFor(() => held.deref() === undefined, true, { intervalMs: 100 });
});
