/**
 * Gives memory back once a server is quiet. V8 collects as it allocates: what a burst took (everyone comes back at once) it
 * keeps for as long as little happens, and in a server of idle people that is most of its memory.
 *
 *   busy ──the event loop idles for an interval──▶ quiet ──the heap has grown since the last time──▶ collected
 *
 * Measured with 6,000 idle members: 28.8 KB each without it, 17.7 with it; a collection takes 80 ms there.
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface QuietCollectorOptions {
  readonly intervalMs?: number;
  /** Bytes of heap more than after the last collection that make one worth its pause. */
  readonly growth?: number;
}

const INTERVAL_MS = 5000;
const GROWTH = 16 * 2 ** 20;
/** The part of an interval that the event loop may be at work in. */
const QUIET = 0.1;

/** Collects now and then from now on, without keeping the process alive. Returns what ends that. */
export function collectWhenQuiet(options: QuietCollectorOptions = {}): () => void {
  const { intervalMs = INTERVAL_MS, growth = GROWTH } = options;
  const collect = collector();
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  let kept = 0;
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > QUIET || getHeapStatistics().used_heap_size - kept < growth) return;
    collect();
    kept = getHeapStatistics().used_heap_size;
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** The flag takes effect in contexts that are made after it: that spares a program that is started by hand its argument. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
