/**
 * Reads of rooms' logs for those who catch up. Readers at the same place share one read, a few run at a time, and the
 * addresses of those who wait take turns: a read begins in the turn of whichever of its readers comes first, and when it is
 * over none of them waits any more. Knows no database.
 */
import { FairTurns } from '../fair-turns.ts';
import { unavailable } from './expected-failure.ts';
import type { LogPage, RoomFeed } from './room-feed.ts';

interface SharedRead {
  readonly page: Promise<LogPage>;
  readonly sources: Set<string>;
  hasBegun: boolean;
  /** Begins the read, once; resolves when it is over, whatever came of it. */
  readonly begin: () => Promise<void>;
}

export class SharedReads {
  readonly #turns: FairTurns;
  /** Those that are not over, by the seq they start after. */
  readonly #reads = new WeakMap<RoomFeed, Map<number, SharedRead>>();

  constructor(width: number) {
    this.#turns = new FairTurns({
      width,
      // A reader waits for one page at most, and a subscription can't be refused any more.
      maxWaiting: Infinity,
      maxWaitingPerSource: Infinity,
      refusal: () => unavailable('Too many catch up at once.'),
    });
  }

  /** `source`: the address of the reader. Rejects when the read fails. */
  ask(feed: RoomFeed, after: number, source: string, read: () => Promise<LogPage>): Promise<LogPage> {
    let reads = this.#reads.get(feed);
    if (reads === undefined) this.#reads.set(feed, (reads = new Map()));
    const shared =
      reads.get(after) ??
      makeRead(() =>
        read().finally(() => {
          if (reads.get(after) === shared) reads.delete(after);
        }),
      );
    reads.set(after, shared);
    if (!shared.sources.has(source)) {
      shared.sources.add(source);
      // Looked up when the turn comes: whoever waits behind others must not keep a page in memory that all have been given.
      void this.#turns.run(source, async () => reads.get(after)?.begin());
    }
    return shared.page;
  }

  /** Nobody else shares what is being read of the feed's log: it may be old. What has not begun stays. */
  forget(feed: RoomFeed): void {
    const reads = this.#reads.get(feed);
    for (const [after, { hasBegun }] of reads ?? []) if (hasBegun) reads?.delete(after);
  }
}

function makeRead(read: () => Promise<LogPage>): SharedRead {
  let comes: () => void = () => {};
  const page = new Promise<void>((resolve) => (comes = resolve)).then(read);
  const shared: SharedRead = {
    page,
    sources: new Set(),
    hasBegun: false,
    begin: async () => {
      shared.hasBegun = true;
      comes();
      // Those who asked hear of it.
      await page.catch(() => {});
    },
  };
  return shared;
}
