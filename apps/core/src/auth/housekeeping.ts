/** Forgets sign-ins that ended and browser tabs that nobody has come back to. Safe on every replica at once. */
import type { Logger } from '@parley/service';

const EVERY_MS = 3_600_000;
/** Beyond its end a session stays a while, so that a late token hears that it ended. */
const KEEP_ENDED_MS = 86_400_000;
/** A browser tab outlives no sign-in. */
const KEEP_TERMINALS_MS = 30 * 86_400_000;
/** A browser drops the gateway's cookie after 30 days. */
const KEEP_COOKIES_MS = 31 * 86_400_000;

/** Runs each hour until the returned function is called. */
export function keepHouse(options: {
  store: Record<'sessions' | 'terminals' | 'cookies', { prune(olderThan: Date): Promise<void> }>;
  log: Logger;
  now: () => number;
}): () => void {
  const { store, log, now } = options;
  const forget = async (what: 'sessions' | 'terminals' | 'cookies', keptMs: number): Promise<void> => {
    try {
      await store[what].prune(new Date(now() - keptMs));
    } catch (error) {
      log.warn({ err: error }, `could not forget old ${what}`);
    }
  };
  const clean = async (): Promise<void> => {
    await forget('sessions', KEEP_ENDED_MS);
    await forget('terminals', KEEP_TERMINALS_MS);
    await forget('cookies', KEEP_COOKIES_MS);
  };
  const timer = setInterval(() => void clean(), EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
