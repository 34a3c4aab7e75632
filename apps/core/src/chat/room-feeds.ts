/**
 * The feeds of all rooms that someone reads here, and how they read the log: a few reads at once, for one address after the
 * other; those who read the same stretch share its pages; and while the database is away everyone waits for the same retry.
 * Knows no sockets.
 */
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { type Hint, MAX_PAGE_EVENTS } from '@parley/protocol';
import type { EventLog, LogHead } from '@parley/store';
import { EventBatch } from './event-batch.ts';
import { DATABASE_RETRY_MS, type Report } from './expected-failure.ts';
import { RecentPages } from './recent-pages.ts';
import { type FeedSink, type LogPage, RoomFeed, type Subscription } from './room-feed.ts';
import type { RoomIdentity } from './room-directory.ts';
import { SharedReads } from './shared-reads.ts';

/** A thousand returning readers are no stampede. */
const READS_AT_ONCE = 4;

export interface RoomFeedsOptions {
  readonly log: Pick<EventLog, 'page'>;
  readonly report: Report;
  /** Someone begins to read the room here; what is returned is called when nobody does any more. */
  readonly follow?: (roomId: string) => () => void;
  /**
   * Those who read the room here and, by a page of its log, have left it at some time: by id, with the last such seq. The
   * page is handed on once that has been looked into, and read again where that failed.
   */
  readonly readersLeft?: (roomId: string, leavers: ReadonlyMap<string, number>) => Promise<void>;
}

export class RoomFeeds {
  readonly #options: RoomFeedsOptions;
  readonly #feeds = new Map<string, RoomFeed>();
  readonly #reads = new SharedReads(READS_AT_ONCE);
  readonly #recent = new RecentPages();
  #retry: Promise<void> | undefined;
  #closed = false;

  constructor(options: RoomFeedsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#feeds.size;
  }

  has(roomId: string): boolean {
    return this.#feeds.has(roomId);
  }

  hasReader(roomId: string, userId: string): boolean {
    return this.#feeds.get(roomId)?.hasReader(userId) === true;
  }

  /** The highest seq announced of a room that is read here; undefined where nobody reads. */
  headOf(roomId: string): number | undefined {
    return this.#feeds.get(roomId)?.head;
  }

  /** The highest seq announced of a room that is read here, seen, read, or given to a reader; undefined where nobody reads. */
  reachOf(roomId: string): number | undefined {
    return this.#feeds.get(roomId)?.reach;
  }

  /** The rooms that are read here. */
  roomIds(): Iterable<string> {
    return this.#feeds.keys();
  }

  /** A subscription that is held: read the log, then say `goLive` or `catchUp`. */
  subscribe(room: Pick<RoomIdentity, 'id' | 'slug'>, sink: FeedSink): Subscription {
    let feed = this.#feeds.get(room.id);
    if (feed === undefined) {
      const unfollow = this.#options.follow?.(room.id);
      feed = new RoomFeed({
        roomId: room.id,
        room: room.slug,
        readAfter: (reader, seq, source) => this.#readAfter(reader, seq, source),
        emptied: (reader) => {
          this.#feeds.delete(reader.roomId);
          this.#recent.forget(reader);
          unfollow?.();
        },
      });
      this.#feeds.set(room.id, feed);
    }
    return feed.subscribe(sink);
  }

  publish(roomId: string, batch: EventBatch): void {
    const feed = this.#feeds.get(roomId);
    if (feed === undefined) return;
    this.#noteChanged(feed, batch.first > feed.head + 1 ? undefined : batch.changed);
    feed.publish(batch);
  }

  hint(roomId: string, makeHint: (room: string) => Hint, exceptUserId?: string): void {
    const feed = this.#feeds.get(roomId);
    feed?.hint(makeHint(feed.room), exceptUserId);
  }

  /** The room's log is known to reach `lastSeq`. */
  noteHead({ roomId, lastSeq }: Pick<LogHead, 'roomId' | 'lastSeq'>): void {
    const feed = this.#feeds.get(roomId);
    if (feed === undefined) return;
    if (lastSeq > feed.head) this.#noteChanged(feed, undefined);
    feed.noteHead(lastSeq);
  }

  /** How far readers here were told of changes of the room's messages; undefined where nobody reads it. */
  markOf(roomId: string): number | undefined {
    return this.#feeds.get(roomId)?.changed.mark;
  }

  /** Whether those who read here at the mark may have been told since that one of the messages from `first` to `last` is another. */
  wasChanged(roomId: string, mark: number | undefined, first: number, last: number): boolean {
    const feed = this.#feeds.get(roomId);
    if (feed === undefined || mark === undefined) return false;
    const targets = feed.changed.since(mark);
    return targets === undefined || targets.some((seq) => seq >= first && seq <= last);
  }

  /** The room's log ends before what was given to its readers: they begin anew. */
  rewind(roomId: string): void {
    this.#feeds.get(roomId)?.rewind();
  }

  /** Ends what a user reads of a room, once they have read it up to `seq`. */
  endAt(roomId: string, userId: string, seq: number): void {
    this.#feeds.get(roomId)?.endAt(userId, seq);
  }

  close(): void {
    this.#closed = true;
    for (const feed of this.#feeds.values()) feed.endAll();
  }

  async #readAfter(feed: RoomFeed, after: number, source: string): Promise<LogPage> {
    while (!this.#closed) {
      try {
        return await this.#reads.ask(feed, after, source, () => this.#read(feed, after));
      } catch (error) {
        if (this.#retry === undefined) this.#options.report(error, 'could not read the log; trying again');
        await this.#nextRetry();
      }
    }
    return { batch: undefined, more: false };
  }

  async #read(feed: RoomFeed, after: number): Promise<LogPage> {
    const page = this.#recent.after(feed, after);
    // Nothing else is waited for: readers of what is kept would pass page after page, and nobody else's turn would come.
    if (page !== undefined) await turnOfEventLoop();
    const { batch, more } = page ?? (await this.#readLog(feed, after));
    if (batch !== undefined) await this.#noteLeavers(feed, batch);
    return { batch, more };
  }

  async #readLog(feed: RoomFeed, after: number): Promise<LogPage> {
    const { mark } = feed.changed;
    const { events, more } = await this.#options.log.page({ roomId: feed.roomId, after, limit: MAX_PAGE_EVENTS });
    const page = { batch: events.length === 0 ? undefined : EventBatch.of(feed.room, events), more };
    // Though its reader be gone: a log that ends before what is kept has gone back.
    if (page.batch !== undefined) feed.noteReach(page.batch.last);
    // What is kept of a feed without readers would be forgotten by nobody, and what was changed meanwhile may be old.
    if (this.#feeds.get(feed.roomId) === feed && feed.changed.mark === mark) this.#recent.keep(feed, page);
    return page;
  }

  /** `targets`: undefined where something came in between that nobody was told of. What was read before that is old. */
  #noteChanged(feed: RoomFeed, targets: readonly number[] | undefined): void {
    if (targets?.length === 0) return;
    feed.changed.note(targets);
    this.#recent.forget(feed);
    this.#reads.forget(feed);
  }

  async #noteLeavers(feed: RoomFeed, batch: EventBatch): Promise<void> {
    const left = [...batch.leavers].filter(([userId]) => feed.hasReader(userId));
    if (left.length > 0) await this.#options.readersLeft?.(feed.roomId, new Map(left));
  }

  #nextRetry(): Promise<void> {
    this.#retry ??= new Promise((resolve) => {
      setTimeout(() => {
        this.#retry = undefined;
        resolve();
      }, DATABASE_RETRY_MS).unref();
    });
    return this.#retry;
  }
}
