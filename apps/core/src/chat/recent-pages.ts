/**
 * The pages that were read last of rooms' logs: those who catch up with a room from about the same place, as after a break
 * of the network, share pages and their frames. Knows no database.
 *
 * Only pages that others follow are kept: the log may have grown at its end since. Elsewhere it changes where a message is
 * edited or deleted, and then what is kept of its feed goes, so that nobody is given what was erased. A log that goes back
 * ends its feed, and what is kept of a feed goes with it.
 */
import type { EventBatch } from './event-batch.ts';
import type { LogPage, RoomFeed } from './room-feed.ts';

/** Of at most 192 KiB as JSON each; as events, JSON and frames 9 MB together, or 15 where each text has a letter beyond Latin-1. */
const KEPT_PAGES = 16;

export class RecentPages {
  /** The newest last. */
  #kept: { readonly feed: RoomFeed; readonly batch: EventBatch }[] = [];

  /** What a page that is kept holds after `seq`; undefined when none holds the event that comes next. */
  after(feed: RoomFeed, seq: number): LogPage | undefined {
    const holds = (batch: EventBatch): boolean => batch.first <= seq + 1 && seq < batch.last;
    const batch = this.#kept.find((kept) => kept.feed === feed && holds(kept.batch))?.batch;
    if (batch === undefined) return undefined;
    return { batch: batch.first === seq + 1 ? batch : batch.after(seq), more: true };
  }

  keep(feed: RoomFeed, { batch, more }: LogPage): void {
    if (!more || batch === undefined) return;
    this.#kept.push({ feed, batch });
    if (this.#kept.length > KEPT_PAGES) this.#kept.shift();
  }

  /** The feed has no readers any more, or one of its messages is another now. */
  forget(feed: RoomFeed): void {
    this.#kept = this.#kept.filter((kept) => kept.feed !== feed);
  }
}
