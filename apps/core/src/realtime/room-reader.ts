/**
 * A room that is live on one connection: takes the feed's batches for as long as the connection keeps up. Knows no rules.
 *
 * After a `room.join` with `since` whose answer holds not all (`more`), the client pages on with `history`, and live events
 * wait until it has reached the head. One that asks for nothing gets the rest as after `resume`.
 */
import { type DeliveryFigures, SlowMark } from '../chat/delivery-figures.ts';
import type { EventBatch } from '../chat/event-batch.ts';
import type { FeedSink, Subscription } from '../chat/room-feed.ts';
import type { SharedHint } from '../chat/shared-hint.ts';
import { framesOfBatch } from './frames.ts';
import { MAX_UNSENT_BYTES } from './transport.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** How long a client may take between two pages that it asks for itself: a slow one's next request is on its way for seconds. */
const CLIENT_PAGE_MS = 5000;

export interface RoomReaderOptions {
  readonly userId: string;
  /** What limits of an address count the connection as. */
  readonly source: string;
  readonly writeBuffer: WriteBuffer;
  /** CHAT_ROOM_BUFFER: events that a connection may be behind in a room. */
  readonly roomBuffer: number;
  readonly figures: DeliveryFigures;
  /** Takes a hint for the connection, or drops it. */
  readonly hint: (hint: SharedHint) => void;
  readonly ended: (room: RoomReader) => void;
  /** The room's log has gone back behind what the connection was given. */
  readonly rewound: () => void;
  /** Runs a job when none of the connection's other rooms runs one. */
  readonly inTurn: (job: () => Promise<void>) => Promise<void>;
}

export class RoomReader implements FeedSink {
  readonly #options: RoomReaderOptions;
  /** Copied out of `options`: object spreads have many shapes in V8, and these are read for every batch. */
  readonly #writeBuffer: WriteBuffer;
  readonly #roomBuffer: number;
  readonly #figures: DeliveryFigures;
  readonly #slow: SlowMark;
  #subscription: Subscription | undefined;
  /** Events that were written since the socket was last empty. */
  #unsentEvents = 0;
  /** While the client pages: the last seq it has been given, and when it should have asked again. */
  #clientPages: { position: number; deadline: number } | undefined;

  constructor(options: RoomReaderOptions) {
    this.#options = options;
    this.#writeBuffer = options.writeBuffer;
    this.#roomBuffer = options.roomBuffer;
    this.#figures = options.figures;
    this.#slow = new SlowMark(options.figures);
  }

  get userId(): string {
    return this.#options.userId;
  }

  get source(): string {
    return this.#options.source;
  }

  /** The last seq that was written here, once live; undefined also for a room that its reader has left. */
  get position(): number | undefined {
    const subscription = this.#subscription;
    if (subscription === undefined || subscription.isEnding) return undefined;
    return subscription.state === 'held' ? this.#clientPages?.position : subscription.position;
  }

  get roomId(): string | undefined {
    return this.#subscription?.feed.roomId;
  }

  follow(subscription: Subscription): void {
    this.#subscription = subscription;
  }

  /** The user is in the room as of the event with `seq`: leavings up to there are earlier ones. */
  seenInside(seq: number): void {
    this.#subscription?.seenInside(seq);
  }

  goLive(position: number): void {
    this.#clientPages = undefined;
    this.#subscription?.goLive(position);
  }

  catchUp(position: number): void {
    this.#clientPages = undefined;
    this.#subscription?.catchUp(position);
  }

  /** Lets the client page on from `position`. */
  waitForClient(position: number): void {
    this.#clientPages = { position, deadline: performance.now() + CLIENT_PAGE_MS };
  }

  /** The client was given a page after `after`, up to `last`; `more` follow. */
  clientRead(after: number, last: number | undefined, more: boolean): void {
    const pages = this.#clientPages;
    if (pages === undefined || after > pages.position) return;
    const position = Math.max(pages.position, last ?? 0);
    if (more) this.waitForClient(position);
    else this.goLive(position);
  }

  /** Answers whether the client is still paging; when it has not asked for long, the log feeds it. */
  checkClient(now: number): boolean {
    if (this.#clientPages === undefined) return false;
    if (now < this.#clientPages.deadline) return true;
    this.catchUp(this.#clientPages.position);
    return false;
  }

  end(): void {
    this.#clientPages = undefined;
    this.#slow.note(false);
    this.#subscription?.end();
  }

  live(batch: EventBatch): boolean {
    const { frames } = framesOfBatch(batch);
    const fits = this.#fits(batch, frames);
    if (!fits) {
      this.#slow.note(true);
      return false;
    }
    this.#unsentEvents += batch.size;
    this.#writeBuffer.write(frames);
    this.#figures.delivered(batch.size);
    return true;
  }

  ready(): Promise<void> {
    return this.#writeBuffer.drained();
  }

  inTurn(job: () => Promise<void>): Promise<void> {
    return this.#options.inTurn(job);
  }

  async page(batch: EventBatch, written: (seq: number) => void): Promise<void> {
    const { frames, ends } = framesOfBatch(batch);
    for (const [at, frame] of frames.entries()) {
      await this.#writeBuffer.drained();
      if (this.#subscription?.state === 'ended') return;
      this.#writeBuffer.write([frame]);
      written(batch.first - 1 + (ends[at] ?? 0));
    }
    this.#figures.delivered(batch.size);
  }

  caughtUp(): void {
    this.#slow.note(false);
  }

  hint(hint: SharedHint): void {
    this.#options.hint(hint);
  }

  ended(): void {
    this.#slow.note(false);
    this.#options.ended(this);
  }

  rewound(): void {
    this.ended();
    this.#options.rewound();
  }

  /** Whether the connection, with this batch on top, stays within CHAT_ROOM_BUFFER events and 256 KiB unsent. */
  #fits(batch: EventBatch, frames: readonly Buffer[]): boolean {
    let bytes = this.#writeBuffer.unsentBytes;
    if (bytes === 0) this.#unsentEvents = 0;
    else if (this.#unsentEvents + batch.size > this.#roomBuffer) return false;
    for (const frame of frames) bytes += frame.length;
    return bytes <= MAX_UNSENT_BYTES;
  }
}
