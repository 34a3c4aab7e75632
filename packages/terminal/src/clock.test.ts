import { expect, test } from 'vitest';
import { systemClock } from './index.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what waits for the end of a turn runs in order, a slice a turn, and cancelled things not at all', async () => {
  const ran: number[] = [];
  const cancels = Array.from({ length: 20 }, (_, at) => systemClock.after(0, () => ran.push(at)));
  cancels[3]?.();
  expect(ran).toEqual([]);
  await turn();
  expect(ran).toEqual([0, 1, 2, 4, 5, 6, 7, 8]);
  await turn();
  await turn();
  expect(ran).toEqual([0, 1, 2, ...Array.from({ length: 16 }, (_, at) => at + 4)]);
});
