/**
 * Rooms as server-sent events: each event's `id` is its seq, so a browser that reconnects says by itself what it has
 * seen (`Last-Event-ID`). Knows no rules: Chat decides who may follow what.
 *
 * A reader that does not take its bytes is refused live events once 256 KiB wait; from then on Chat feeds it from the
 * log, a page whenever the last one has drained, and one that takes nothing for STALL_SECONDS is cut off.
 */
import { ChatError } from '@parley/protocol';
import type { Response } from 'express';
import { type DeliveryFigures, SlowMark } from '../chat/delivery-figures.ts';
import type { EventBatch } from '../chat/event-batch.ts';
import type { FeedSink } from '../chat/room-feed.ts';

const MAX_BUFFERED_BYTES = 256 * 1024;
const HEARTBEAT_MS = 20_000;
/** What a browser waits before it reconnects. */
const RECONNECT_MS = 2000;
export const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  // nginx would hold events back otherwise.
  'X-Accel-Buffering': 'no',
};

export interface EventStreamOptions {
  readonly response: Response;
  readonly userId: string | undefined;
  /** The address that reads. */
  readonly source: string;
  readonly stallMs: number;
  readonly figures: DeliveryFigures;
}

export class EventStream implements FeedSink {
  readonly userId: string | undefined;
  readonly source: string;
  readonly #response: Response;
  readonly #stallMs: number;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #closed: Promise<void>;
  readonly #figures: DeliveryFigures;
  readonly #slow: SlowMark;
  #lastProgress = { bytes: 0, at: performance.now() };

  constructor(options: EventStreamOptions) {
    const { response } = options;
    this.userId = options.userId;
    this.source = options.source;
    this.#response = response;
    this.#stallMs = options.stallMs;
    this.#figures = options.figures;
    this.#slow = new SlowMark(options.figures);
    this.#closed = closeOf(response);
    this.#heartbeat = setInterval(() => this.#beat(), Math.min(HEARTBEAT_MS, options.stallMs));
    this.#heartbeat.unref();
    void this.#closed.then(() => {
      clearInterval(this.#heartbeat);
      this.#slow.note(false);
      return undefined;
    });
    response.on('error', () => response.destroy());
  }

  /** Resolves when the stream has ended, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** Sends the headers, at the latest with the first event. Until then a refusal can still be answered with a status. */
  open(): void {
    if (!this.#isOpen || this.#response.headersSent) return;
    this.#response.writeHead(200, STREAM_HEADERS);
    this.#response.write(`retry: ${RECONNECT_MS}\n\n`);
  }

  live(batch: EventBatch): boolean {
    const takes = this.#isOpen && this.#response.writableLength <= MAX_BUFFERED_BYTES;
    this.#slow.note(!takes && this.#isOpen);
    if (!takes) return false;
    this.#write(batch);
    return true;
  }

  async ready(): Promise<void> {
    const response = this.#response;
    if (!this.#isOpen || !response.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      // Both are taken off: a slow stream waits here thousands of times.
      const done = (): void => {
        response.off('drain', done).off('close', done);
        resolve();
      };
      response.on('drain', done).on('close', done);
    });
  }

  /** It has no other room. */
  inTurn(job: () => Promise<void>): Promise<void> {
    return job();
  }

  page(batch: EventBatch, written: (seq: number) => void): Promise<void> {
    if (this.#isOpen) this.#write(batch);
    written(batch.last);
    return this.ready();
  }

  hint(): void {
    // Hints have no id to resume from; over HTTP the log alone is followed.
  }

  ended(): void {
    this.end();
  }

  rewound(): void {
    this.end();
  }

  /** Ends the stream. What is written is sent first; a reader that does not take it is cut off after a moment. */
  end(): void {
    if (!this.#isOpen) return;
    this.#response.end();
    const cutOff = setTimeout(() => this.#response.destroy(), 1000);
    cutOff.unref();
    void this.#closed.then(() => clearTimeout(cutOff));
  }

  #write(batch: EventBatch): void {
    this.open();
    this.#response.write(encode(batch));
    this.#figures.delivered(batch.size);
  }

  get #isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  #beat(): void {
    const response = this.#response;
    const bytes = response.socket?.bytesWritten ?? 0;
    const now = performance.now();
    // Bytes that the kernel took are progress, and so is having nothing to send.
    if (response.writableLength === 0 || bytes !== this.#lastProgress.bytes) this.#lastProgress = { bytes, at: now };
    if (now - this.#lastProgress.at >= this.#stallMs) response.destroy();
    else if (this.#isOpen && response.headersSent && !response.writableNeedDrain) response.write(':\n\n');
  }
}

/** Resolves when the response is over: at once when its reader went away before anyone listened, since 'close' comes once. */
function closeOf(response: Response): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  // Behind another answer of its connection it has no socket yet, would keep what it is given, and hear of no end.
  if (response.socket === null) {
    throw new ChatError('bad_request', 'A stream of events does not wait for another answer of its connection.');
  }
  return new Promise((resolve) => response.once('close', resolve));
}

const encode = (batch: EventBatch): string =>
  batch.json.map((event, index) => `id: ${batch.first + index}\ndata: ${event}\n\n`).join('');
