import { FakeClock } from '@parley/testkit';
import { expect, it } from 'vitest';
import { Health } from './health.ts';

it('asks the database once a second, however many ask here', async () => {
  const clock = new FakeClock();
  let pings = 0;
  const ping = async (): Promise<void> => {
    pings += 1;
    throw new Error('away');
  };
  const health = new Health(ping, () => clock.now());
  const checks = await Promise.all(Array.from({ length: 50 }, () => health.check()));
  expect([pings, new Set(checks)]).toEqual([1, new Set([false])]);
  clock.advance(999);
  await health.check();
  expect(pings).toBe(1);
  clock.advance(1);
  await health.check();
  expect(pings).toBe(2);
});
