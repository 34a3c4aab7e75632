/**
 * Pages for those who read back, of rooms' logs and of activity. No rate limits them, and a long one is some milliseconds of
 * this process: so two are read at a time, and the addresses that ask take turns. Whoever chats meanwhile waits for a page, not
 * for all that somebody asks for. Knows no rules and no readers.
 */
import { StoreUnavailable } from '@parley/store';
import { FairTurns } from '../fair-turns.ts';
import { unavailable } from './expected-failure.ts';

/** The database reads one while the other is handed on here, and one that it is slow with keeps not everyone waiting. */
const PAGES_AT_ONCE = 2;
/** A connection waits with one request at most; calls over HTTP come as they like. */
const MAX_WAITING = 20_000;
const MAX_WAITING_PER_SOURCE = 2000;

export class PagesInTurn {
  readonly #turns = new FairTurns({
    width: PAGES_AT_ONCE,
    maxWaiting: MAX_WAITING,
    maxWaitingPerSource: MAX_WAITING_PER_SOURCE,
    refusal: () => unavailable('Too many read back at once. Try again in a moment.'),
  });

  /** Reads a page. `source` is the address that asks; throws `unavailable` when too many wait. */
  read<Page>(source: string, read: () => Promise<Page>): Promise<Page> {
    return this.#turns.run(source, async () => {
      try {
        return await read();
      } catch (error) {
        // Those who wait would find the same, one timeout after the other.
        if (error instanceof StoreUnavailable) this.#turns.refuseWaiting(error);
        throw error;
      }
    });
  }
}
