/**
 * Memory that is read when nothing is being started or compiled any more, and what a burst left behind has been collected:
 * when it has not fallen for a while. After a fixed time one of two readings may be of garbage that the other is not of.
 */
import type { Memory } from './process-usage.ts';

const SETTLES = { everyMs: 2000, steadyMs: 20_000, mostMs: 120_000 };
const SETTLES_QUICKLY = { everyMs: 500, steadyMs: 2000, mostMs: 10_000 };
const WORTH_WAITING_BYTES = 2 ** 20;

export async function settledMemory(read: () => Memory, quick: boolean): Promise<Memory> {
  const { everyMs, steadyMs, mostMs } = quick ? SETTLES_QUICKLY : SETTLES;
  let least = read();
  let fellAt = Date.now();
  const until = fellAt + mostMs;
  while (Date.now() < Math.min(until, fellAt + steadyMs)) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    const memory = read();
    if (memory.pssBytes > least.pssBytes - WORTH_WAITING_BYTES) continue;
    least = memory;
    fellAt = Date.now();
  }
  return least;
}
