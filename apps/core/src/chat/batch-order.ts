/**
 * Puts the batches of a room into the order of their seqs: what this replica commits and what others publish may overtake
 * each other by some milliseconds. One that comes early waits a moment; after that it goes on with a gap before it, and
 * its readers turn to the log. Knows no readers.
 */
import type { EventBatch } from './event-batch.ts';

/** Early batches of one room, past which waiting is given up. */
const MAX_HELD = 64;

export interface BatchOrderOptions {
  /** The last seq that was published of a room; 0 where nothing was, undefined where nobody reads. */
  readonly headOf: (roomId: string) => number | undefined;
  readonly publish: (roomId: string, batch: EventBatch) => void;
  /** How long an early batch waits; 0 for not at all. */
  readonly holdMs: number;
}

interface Held {
  readonly batches: EventBatch[];
  readonly timer: NodeJS.Timeout;
}

export class BatchOrder {
  readonly #options: BatchOrderOptions;
  readonly #held = new Map<string, Held>();

  constructor(options: BatchOrderOptions) {
    this.#options = options;
  }

  take(roomId: string, batch: EventBatch): void {
    const { holdMs, publish } = this.#options;
    if (holdMs > 0 && this.#isEarly(roomId, batch)) {
      this.#hold(roomId, batch);
      return;
    }
    publish(roomId, batch);
    this.#release(roomId, false);
  }

  close(): void {
    for (const { timer } of this.#held.values()) clearTimeout(timer);
    this.#held.clear();
  }

  #isEarly(roomId: string, batch: EventBatch): boolean {
    const head = this.#options.headOf(roomId);
    return head !== undefined && head > 0 && batch.first > head + 1;
  }

  #hold(roomId: string, batch: EventBatch): void {
    let held = this.#held.get(roomId);
    if (held === undefined) {
      const timer = setTimeout(() => this.#release(roomId, true), this.#options.holdMs);
      held = { batches: [], timer };
      this.#held.set(roomId, held);
    }
    held.batches.push(batch);
    if (held.batches.length > MAX_HELD) this.#release(roomId, true);
  }

  /** Publishes what is no longer early, or all. */
  #release(roomId: string, all: boolean): void {
    const held = this.#held.get(roomId);
    if (held === undefined) return;
    held.batches.sort((a, b) => a.first - b.first);
    for (;;) {
      const next = held.batches[0];
      if (next === undefined) break;
      if (!all && this.#isEarly(roomId, next)) return;
      held.batches.shift();
      this.#options.publish(roomId, next);
    }
    clearTimeout(held.timer);
    this.#held.delete(roomId);
  }
}
