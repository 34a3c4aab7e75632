/**
 * The events of each live room, given on ascending, once and without a gap, whatever the connection does. Knows no
 * sockets: it asks for what is missing through `fetchAfter`.
 *
 *   contiguous ──an event beyond the next seq──▶ filling (events held, history asked for) ──reached the head──▶ contiguous
 *
 * Invariants: `cursor` is the seq of the last event given on; `held` has only seqs beyond it and at most `HELD_EVENTS`
 * of them, because what did not fit is asked for; a room that was closed or opened anew is another Feed object, and the
 * loop of an earlier one ends at its next step.
 */
import { ChatError, type RoomEvent, type RoomJoined } from '@parley/protocol';
import type { Clock } from './clock.ts';
import { isPassing } from './connection-state.ts';

/** A hole in a room's events: `from` and `to` are the first and last missing seq. */
export interface Gap {
  readonly room: string;
  readonly from: number;
  readonly to: number;
  /** `lost`: the server has none of it. `reset`: the room's log starts anew, below what was seen. */
  readonly state: 'filling' | 'filled' | 'lost' | 'reset';
}

interface Feed {
  readonly room: string;
  cursor: number;
  /** The highest seq known to exist. */
  head: number;
  readonly held: Map<number, RoomEvent>;
  filling: boolean;
}

export interface LiveRoomsOptions {
  clock: Clock;
  /** A page of the room's log right after a seq; rejects with a ChatError. */
  fetchAfter(room: string, seq: number): Promise<{ events: readonly RoomEvent[] }>;
  /** Events of one room, at least one. */
  deliver(events: readonly RoomEvent[]): void;
  gap(gap: Gap): void;
  /** The room can no longer be read. */
  unreadable(room: string, error: ChatError): void;
}

const HELD_EVENTS = 1000;
const RETRY_MS = 1000;
/** Pages without progress after which a hole counts as lost: a replica may lag for a moment. */
const EMPTY_PAGES = 3;

export class LiveRooms {
  readonly #options: LiveRoomsOptions;
  readonly #feeds = new Map<string, Feed>();

  constructor(options: LiveRoomsOptions) {
    this.#options = options;
  }

  /** The last seq given on of each live room: `resume` in hello. */
  cursors(): Record<string, number> {
    return Object.fromEntries([...this.#feeds.values()].map((feed) => [feed.room, feed.cursor]));
  }

  cursor(room: string): number | undefined {
    return this.#feeds.get(room)?.cursor;
  }

  /**
   * A `room.joined`: the room is live from here. `since` is what the join asked to follow; without it the snapshot's end
   * is where the room is taken up, and where there is none yet, its first event: the row may tell of one that was stored
   * after the page was read, and comes live. In a room that is live already, or followed since a seq, the snapshot's events are
   * given on like live ones, and what `more` announces is asked for: the server holds live events until then.
   */
  open(joined: RoomJoined, since?: number): void {
    const { room, lastSeq } = joined.room;
    const end = joined.events.at(-1)?.seq;
    let feed = this.#feeds.get(room);
    if (feed === undefined) {
      feed = { room, cursor: since ?? end ?? 0, head: 0, held: new Map(), filling: false };
      this.#feeds.set(room, feed);
    }
    this.#take(feed, joined.events);
    if (since !== undefined && joined.more) feed.head = Math.max(feed.head, lastSeq);
    this.#fillIfNeeded(feed);
  }

  /** Takes up a room after a seq that is known from elsewhere, such as a saved session. */
  follow(room: string, seq: number): void {
    if (!this.#feeds.has(room)) {
      this.#feeds.set(room, { room, cursor: seq, head: seq, held: new Map(), filling: false });
    }
  }

  close(room: string): void {
    this.#feeds.delete(room);
  }

  /** Live events of one room, in the order in which they came. */
  accept(room: string, events: readonly RoomEvent[]): void {
    const feed = this.#feeds.get(room);
    if (feed === undefined) return;
    this.#take(feed, events);
    this.#fillIfNeeded(feed);
  }

  /** The connection is gone: the next one resumes from the cursors, which covers every hole. */
  suspend(): void {
    for (const feed of this.#feeds.values()) {
      this.#feeds.set(feed.room, { ...feed, head: feed.cursor, held: new Map(), filling: false });
    }
  }

  /** After a welcome: a log that ends below the cursor is not the log that was followed. Answers whether that is so. */
  isReset(room: string, lastSeq: number): boolean {
    const feed = this.#feeds.get(room);
    if (feed === undefined || lastSeq >= feed.cursor) return false;
    this.#options.gap({ room, from: lastSeq + 1, to: feed.cursor, state: 'reset' });
    return true;
  }

  #take(feed: Feed, events: readonly RoomEvent[]): void {
    const next: RoomEvent[] = [];
    for (const event of events) {
      feed.head = Math.max(feed.head, event.seq);
      if (event.seq <= feed.cursor) continue;
      if (event.seq === feed.cursor + 1) {
        feed.cursor = event.seq;
        next.push(event);
        if (feed.held.size > 0) this.#takeHeld(feed, next);
      } else if (feed.held.size < HELD_EVENTS) feed.held.set(event.seq, event);
    }
    if (next.length > 0) this.#options.deliver(next);
  }

  /** Adds what was held for when the cursor is where it is now. */
  #takeHeld(feed: Feed, next: RoomEvent[]): void {
    // What is not beyond the cursor any more may still be held.
    feed.held.delete(feed.cursor);
    for (let held = feed.held.get(feed.cursor + 1); held !== undefined; held = feed.held.get(feed.cursor + 1)) {
      feed.cursor = held.seq;
      feed.held.delete(held.seq);
      next.push(held);
    }
  }

  #fillIfNeeded(feed: Feed): void {
    if (feed.filling || feed.head <= feed.cursor || this.#feeds.get(feed.room) !== feed) return;
    feed.filling = true;
    void this.#fill(feed);
  }

  /** Pages through the log until the cursor reaches the head. */
  async #fill(feed: Feed): Promise<void> {
    const from = feed.cursor + 1;
    this.#options.gap({ room: feed.room, from, to: this.#lastMissing(feed), state: 'filling' });
    const current = (): boolean => this.#feeds.get(feed.room) === feed;
    let emptyPages = 0;
    while (current() && feed.cursor < feed.head) {
      const before = feed.cursor;
      let pauseMs = 0;
      try {
        const page = await this.#options.fetchAfter(feed.room, before);
        if (!current()) return;
        this.#take(feed, page.events);
        emptyPages = feed.cursor === before ? emptyPages + 1 : 0;
        if (emptyPages > 0) pauseMs = RETRY_MS;
      } catch (error) {
        if (!current()) return;
        if (!(error instanceof ChatError) || !isPassing(error)) {
          this.close(feed.room);
          this.#options.unreadable(feed.room, toChatError(error));
          return;
        }
        pauseMs = error.retryAfterMs ?? RETRY_MS;
      }
      if (emptyPages >= EMPTY_PAGES) {
        this.#giveUp(feed);
        emptyPages = 0;
      } else if (pauseMs > 0) {
        await new Promise<void>((resolve) => void this.#options.clock.after(pauseMs, resolve));
      }
    }
    feed.filling = false;
    if (current()) this.#options.gap({ room: feed.room, from, to: feed.cursor, state: 'filled' });
  }

  /** The server has nothing between the cursor and what it sent: says so and goes on from there. */
  #giveUp(feed: Feed): void {
    const to = this.#lastMissing(feed);
    this.#options.gap({ room: feed.room, from: feed.cursor + 1, to, state: 'lost' });
    feed.cursor = to;
    const next = feed.held.get(to + 1);
    if (next !== undefined) this.#take(feed, [next]);
  }

  #lastMissing(feed: Feed): number {
    return feed.held.size === 0 ? feed.head : Math.min(...feed.held.keys()) - 1;
  }
}

const toChatError = (error: unknown): ChatError =>
  error instanceof ChatError ? error : new ChatError('unavailable', String(error), { cause: error });
