/**
 * Forgets sign-ins that ended, browser tabs and cookies that nobody has come back to, and old connects and disconnects. Safe
 * on every replica at once.
 */
import type { Logger } from '@parley/service';
import { DAY_MS, SESSION_MS } from './auth/accounts.ts';

const EVERY_MS = 3_600_000;
/** By table, how long what is over stays there. */
const KEEP_MS = {
  /** So that a late token hears that its session has ended. */
  sessions: DAY_MS,
  /** A browser tab outlives no sign-in. */
  terminals: SESSION_MS,
  /** A browser drops the gateway's cookie after 30 days. */
  cookies: 31 * DAY_MS,
  activity: 30 * DAY_MS,
};

type Pruned = keyof typeof KEEP_MS;

/** Runs each hour until the returned function is called. */
export function startHousekeeping(options: {
  store: Record<Pruned, { prune(olderThan: Date): Promise<void> }>;
  log: Logger;
  now: () => number;
}): () => void {
  const { store, log, now } = options;
  const forget = async (what: Pruned): Promise<void> => {
    try {
      await store[what].prune(new Date(now() - KEEP_MS[what]));
    } catch (error) {
      log.warn({ err: error }, `could not forget old ${what}`);
    }
  };
  const clean = async (): Promise<void> => {
    await forget('sessions');
    await forget('terminals');
    await forget('cookies');
    await forget('activity');
  };
  const timer = setInterval(() => void clean(), EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
