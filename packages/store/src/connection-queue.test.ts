import { describe, expect, it } from 'vitest';
import { ConnectionQueue } from './connection-queue.ts';
import { StoreUnavailable } from './store-errors.ts';

const queue = (options: Partial<ConstructorParameters<typeof ConnectionQueue>[0]> = {}) =>
  new ConnectionQueue({ width: 1, maxWaiting: 10, timeoutMs: 60_000, ...options });

describe('the queue', () => {
  it('lets as many in as it is wide, the others in the order they came', async () => {
    const two = queue({ width: 2 });
    const entered: number[] = [];
    const waits = [1, 2, 3, 4].map((n) => two.enter().then(() => entered.push(n)));
    await Promise.all(waits.slice(0, 2));
    expect(entered).toEqual([1, 2]);
    two.leave();
    two.leave();
    await Promise.all(waits);
    expect(entered).toEqual([1, 2, 3, 4]);
  });

  it('refuses who waits too long', async () => {
    const short = queue({ timeoutMs: 1 });
    await short.enter();
    await expect(short.enter()).rejects.toThrow('too busy');
    short.leave();
    await short.enter();
  });

  it('refuses at once when too many wait', async () => {
    const small = queue({ maxWaiting: 1 });
    await small.enter();
    const waits = small.enter();
    await expect(small.enter()).rejects.toBeInstanceOf(StoreUnavailable);
    small.leave();
    await waits;
  });

  it('sends all who wait away with the reason, and goes on', async () => {
    const one = queue();
    await one.enter();
    const waits = [one.enter(), one.enter()];
    one.refuseWaiting(new StoreUnavailable('gone'));
    const results = await Promise.allSettled(waits);
    expect(results.map((result) => result.status === 'rejected' && String(result.reason))).toEqual([
      'StoreUnavailable: gone',
      'StoreUnavailable: gone',
    ]);
    one.leave();
    await one.enter();
  });
});
