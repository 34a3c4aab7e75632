/** Forgets sign-ins that ended and browser tabs that nobody has come back to. Safe on every replica at once. */
import type { Logger } from '@parley/service';
import type { Store } from '@parley/store';

const EVERY_MS = 3_600_000;
/** Beyond its end a session stays a while, so that a late token hears that it ended. */
const KEEP_ENDED_MS = 86_400_000;
/** A browser tab outlives no sign-in. */
const KEEP_TERMINALS_MS = 30 * 86_400_000;
/** A browser drops the gateway's cookie after 30 days. */
const KEEP_COOKIES_MS = 31 * 86_400_000;

/** Runs each hour until the returned function is called. */
export function keepHouse(options: {
  store: Pick<Store, 'sessions' | 'terminals' | 'cookies'>;
  log: Logger;
  now: () => number;
}): () => void {
  const { store, log, now } = options;
  const clean = async (): Promise<void> => {
    try {
      await store.sessions.prune(new Date(now() - KEEP_ENDED_MS));
      await store.terminals.prune(new Date(now() - KEEP_TERMINALS_MS));
      await store.cookies.prune(new Date(now() - KEEP_COOKIES_MS));
    } catch (error) {
      log.debug({ err: error }, 'could not forget old sessions');
    }
  };
  const timer = setInterval(() => void clean(), EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
