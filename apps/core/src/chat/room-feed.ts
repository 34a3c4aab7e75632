/**
 * Readers of a room: what was committed reaches each of them ascending, once, without a gap, however slow they are. Knows
 * neither sockets nor who may read.
 *
 *              goLive                      refused by the sink, or a gap
 *   held ───────────────────────▶ live ─────────────────────────────────▶ paging
 *     │ catchUp                    ▲                                        │ ▲
 *     └────────────────────────────┼────────────────────────────────────────┼─┘
 *                                  └──────── a page that ends at the head ──┘
 *   any ──end, rewind──▶ ended; any ──endAt(seq)──▶ ended, once the reader has been given that far, unless they were seen inside
 *   at that seq or later
 *
 * A subscription is made (held) before the log is read for it, so that nothing falls between. Invariants: `position` is
 * the seq of the last event that the sink has written; a live subscription's position is at least the feed's head; the
 * sink gets events only beyond `position` and contiguous with it.
 */
import type { Hint } from '@parley/protocol';
import { ChangedMessages } from './changed-messages.ts';
import type { EventBatch } from './event-batch.ts';
import { SharedHint } from './shared-hint.ts';

export interface FeedSink {
  /** Who reads, or undefined for someone without a name. */
  readonly userId: string | undefined;
  /** Where the reader is: those at one address wait for each other with what they catch up with. */
  readonly source: string;
  /** Takes a committed batch at once, or answers false: then the log feeds this reader until it keeps up again. */
  live(batch: EventBatch): boolean;
  /** Resolves when the reader has taken what it was given; also when it is gone. */
  ready(): Promise<void>;
  /**
   * Runs a job that reads a page for this reader and writes it. Those who share a way out take turns: each would find it
   * clear, and fill it.
   */
  inTurn(job: () => Promise<void>): Promise<void>;
  /** Takes a page of the log, and tells how far it is on its way; resolves when all of it is, or the reader has ended. */
  page(batch: EventBatch, written: (seq: number) => void): Promise<void>;
  /** The log has been read to its end: what follows is live. */
  caughtUp?(): void;
  /** Takes a hint, or drops it. */
  hint(hint: SharedHint): void;
  /** The subscription ended, and not by its own `end`. */
  ended(): void;
  /** The same, because the log ends before what the reader has been given: it must begin anew. */
  rewound(): void;
}

/** A page of the log, with whether later events exist. */
export interface LogPage {
  readonly batch: EventBatch | undefined;
  readonly more: boolean;
}

/** `source`: the reader's. */
type ReadAfter = (feed: RoomFeed, seq: number, source: string) => Promise<LogPage>;

/** One room's readers in this process. */
export class RoomFeed {
  readonly roomId: string;
  /** The room's slug. */
  readonly room: string;
  readonly #subscriptions = new Set<Subscription>();
  readonly #readAfter: ReadAfter;
  readonly #emptied: (feed: RoomFeed) => void;
  /** What its readers were told of. */
  readonly changed = new ChangedMessages();
  #head = 0;
  #reach = 0;

  constructor(options: { roomId: string; room: string; readAfter: ReadAfter; emptied: (feed: RoomFeed) => void }) {
    this.roomId = options.roomId;
    this.room = options.room;
    this.#readAfter = options.readAfter;
    this.#emptied = options.emptied;
  }

  /** The highest seq that has been announced here since the feed began; 0 for none. */
  get head(): number {
    return this.#head;
  }

  /** The highest seq that has been announced here, seen, read, or given to a reader: the log has reached that far. */
  get reach(): number {
    return Math.max(this.#head, this.#reach);
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  hasReader(userId: string): boolean {
    for (const { sink } of this.#subscriptions) if (sink.userId === userId) return true;
    return false;
  }

  subscribe(sink: FeedSink): Subscription {
    const subscription = new Subscription(this, sink);
    this.#subscriptions.add(subscription);
    return subscription;
  }

  unsubscribe(subscription: Subscription): void {
    if (this.#subscriptions.delete(subscription) && this.#subscriptions.size === 0) this.#emptied(this);
  }

  /** A batch that has been committed, here or on another replica. */
  publish(batch: EventBatch): void {
    this.#head = Math.max(this.#head, batch.last);
    for (const subscription of this.#subscriptions) subscription.offer(batch);
  }

  /** The log is known to reach `seq`: who has not seen that reads it. */
  noteHead(seq: number): void {
    this.#head = Math.max(this.#head, seq);
    for (const subscription of this.#subscriptions) subscription.noteHead(seq);
  }

  /** Sends a hint to every reader but the connections of one user. */
  hint(hint: Hint, exceptUserId?: string): void {
    const shared = new SharedHint(hint);
    for (const { sink, isEnding } of this.#subscriptions) {
      if (!isEnding && (exceptUserId === undefined || sink.userId !== exceptUserId)) sink.hint(shared);
    }
  }

  /** Ends what a user reads here: who is behind reads on up to `seq` first, their own leaving. */
  endAt(userId: string, seq: number): void {
    for (const subscription of this.#subscriptions) {
      if (subscription.sink.userId === userId) subscription.endAt(seq);
    }
  }

  /** The log ends before `reach`: what readers were given is not what follows. */
  rewind(): void {
    for (const subscription of this.#subscriptions) subscription.rewind();
  }

  /** The log has been read, or seen to reach, or given to a reader, up to `seq`. */
  noteReach(seq: number): void {
    this.#reach = Math.max(this.#reach, seq);
  }

  endAll(): void {
    for (const subscription of this.#subscriptions) subscription.endAt(0);
  }

  /** What the log holds after `seq`. */
  readAfter(seq: number, source: string): Promise<LogPage> {
    return this.#readAfter(this, seq, source);
  }
}

export class Subscription {
  readonly feed: RoomFeed;
  readonly sink: FeedSink;
  #state: 'held' | 'paging' | 'live' | 'ended' = 'held';
  #position = 0;
  /** The last seq that the reader may see. */
  #endsAt = Infinity;
  /** How far the log reached when the reader was seen inside: leavings up to there are earlier ones. */
  #insideAt = 0;
  /** Leavings that were told while held, when it is not known yet which of them are earlier ones. */
  #leavings: number[] | undefined;

  constructor(feed: RoomFeed, sink: FeedSink) {
    this.feed = feed;
    this.sink = sink;
  }

  get state(): 'held' | 'paging' | 'live' | 'ended' {
    return this.#state;
  }

  /** The seq of the last event that the sink has written. */
  get position(): number {
    return this.#position;
  }

  /** Whether what is for this reader ends before the log does. */
  get isEnding(): boolean {
    return this.#endsAt < Infinity;
  }

  /** From held: the log was read up to `position` after this subscription was made. */
  goLive(position: number): void {
    if (this.#state !== 'held') return;
    this.#given(position);
    if (this.feed.head > position) this.#turnToLog();
    else this.#state = 'live';
    this.#endWhenDue();
  }

  /** From held: the log feeds the reader from `position` on. */
  catchUp(position: number): void {
    if (this.#state !== 'held') return;
    this.#given(position);
    this.#turnToLog();
    this.#endWhenDue();
  }

  end(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.feed.unsubscribe(this);
  }

  /** Ends, and says to the sink that the log has gone back. */
  rewind(): void {
    if (this.#state === 'ended') return;
    this.end();
    this.sink.rewound();
  }

  /**
   * Ends, and says so to the sink, once it has been given the event with `seq`: the last one that is for it, 0 for none.
   * Leavings are told late, too, of someone who has come back since.
   */
  endAt(seq: number): void {
    if (seq > 0 && seq <= this.#insideAt) return;
    if (this.#state === 'held') (this.#leavings ??= []).push(seq);
    this.#endsAt = Math.min(this.#endsAt, seq);
    this.#endWhenDue();
  }

  /** The reader is in the room as of the event with `seq`: whatever leaving was told up to there, they have come back. */
  seenInside(seq: number): void {
    this.#insideAt = Math.max(this.#insideAt, seq);
    // Should the log go back to before that, and the reader leave, it would be taken for an earlier leaving.
    this.feed.noteReach(seq);
    if (this.#state !== 'held') return;
    const later = (this.#leavings ?? []).filter((each) => each > this.#insideAt);
    this.#endsAt = Math.min(Infinity, ...later);
  }

  /** For the feed: a committed batch. */
  offer(batch: EventBatch): void {
    if (this.#state !== 'live' || batch.last <= this.#position) return;
    if (batch.first > this.#position + 1) {
      this.#turnToLog();
      return;
    }
    const unseen = batch.first === this.#position + 1 ? batch : batch.after(this.#position);
    if (!this.sink.live(unseen)) return this.#turnToLog();
    this.#position = unseen.last;
    this.#endWhenDue();
  }

  /** For the feed: the log reaches `seq`. */
  noteHead(seq: number): void {
    if (this.#state === 'live' && seq > this.#position) this.#turnToLog();
  }

  #given(seq: number): void {
    this.#position = seq;
    this.feed.noteReach(seq);
  }

  #turnToLog(): void {
    this.#state = 'paging';
    void this.#page();
  }

  /** Reads page after page, each once the reader has taken the last, until the reader is at the head. */
  async #page(): Promise<void> {
    while (this.#state === 'paging') await this.sink.inTurn(() => this.#readOn());
  }

  async #readOn(): Promise<void> {
    await this.sink.ready();
    if (this.#ended()) return;
    // Never rejects: `readAfter` waits while the log can't be read.
    const { batch, more } = await this.feed.readAfter(this.#position, this.sink.source);
    if (this.#ended()) return;
    if (batch !== undefined) {
      await this.sink.page(batch.upTo(this.#endsAt), (seq) => this.#given(seq));
      this.#endWhenDue();
      if (this.#ended()) return;
    }
    if (!more && this.feed.head <= this.#position) {
      this.#state = 'live';
      this.sink.caughtUp?.();
    }
  }

  #endWhenDue(): void {
    if (this.#state === 'ended' || this.#position < this.#endsAt) return;
    // What the log is read for has yet to be said, unless nothing is for this reader at all.
    if (this.#state === 'held' && this.#endsAt > 0) return;
    this.end();
    this.sink.ended();
  }

  /** A method, because the state changes while a page is awaited. */
  #ended(): boolean {
    return this.#state === 'ended';
  }
}
