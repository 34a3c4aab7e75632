import type { EventBatch } from '../src/chat/event-batch.ts';
import type { FeedSink } from '../src/chat/room-feed.ts';

/** A reader of a feed that notes what it is given and told; it takes each page at once, and live events while it keeps up. */
export class FeedReader implements FeedSink {
  readonly userId: string;
  readonly source: string;
  /** The seqs of what it was given. */
  readonly seen: number[] = [];
  keepsUp = true;
  hints = 0;
  isCaughtUp = false;
  hasEnded = false;
  rewindings = 0;

  constructor(userId = '7', source = '192.0.2.1') {
    this.userId = userId;
    this.source = source;
  }

  live(batch: EventBatch): boolean {
    if (this.keepsUp) this.#take(batch);
    return this.keepsUp;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  inTurn(job: () => Promise<void>): Promise<void> {
    return job();
  }

  page(batch: EventBatch, written: (seq: number) => void): Promise<void> {
    this.#take(batch);
    written(batch.last);
    return Promise.resolve();
  }

  caughtUp(): void {
    this.isCaughtUp = true;
  }

  hint(): void {
    this.hints += 1;
  }

  ended(): void {
    this.hasEnded = true;
  }

  rewound(): void {
    this.rewindings += 1;
  }

  #take({ events }: EventBatch): void {
    this.seen.push(...events.map(({ seq }) => seq));
  }
}
