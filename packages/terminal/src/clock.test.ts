import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { monotonicClock } from './index.ts';

test('what waits for the end of a turn runs in order, and cancelled things not at all', async () => {
  const ran: number[] = [];
  const cancels = Array.from({ length: 4 }, (_, at) => monotonicClock.after(0, () => ran.push(at)));
  cancels[1]?.();
  expect(ran).toEqual([]);
  while (ran.length < 3) await turn();
  expect(ran).toEqual([0, 2, 3]);
});

test('what takes long leaves the rest to the next turn', async () => {
  const ran: number[] = [];
  const work = (at: number): void => {
    const start = performance.now();
    while (performance.now() - start < 1);
    ran.push(at);
  };
  for (let at = 0; at < 3; at++) monotonicClock.after(0, () => work(at));
  for (let count = 1; count <= 3; count++) {
    await turn();
    expect(ran).toHaveLength(count);
  }
});
