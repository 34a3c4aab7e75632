/**
 * Read marks on their way to the server, kept while offline. The newest of each room goes out some moments after the first,
 * and the next ones ten seconds later: whoever reads a lively room would otherwise send as many requests as there are
 * messages, and all its readers at the same instant.
 *
 *   nothing wanted ──mark──▶ waiting ──pause, or flush before one leaves──▶ under way ──answered──▶ nothing wanted
 *                               ▲──────────── mark, or refused for a while ──────┘
 */
import { ChatError } from '@parley/protocol';
import type { Clock } from './clock.ts';
import { isPassing } from './connection-state.ts';

export interface ReadMarksOptions {
  clock: Clock;
  /** [0, 1): spreads what many clients do at the same time. */
  random: () => number;
  /** Tells the server; rejects with a ChatError. */
  deliver(room: string, seq: number): Promise<unknown>;
}

const LEAST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 1500;
/** Between two times that something goes out. */
const INTERVAL_MS = 10_000;

export class ReadMarks {
  readonly #options: ReadMarksOptions;
  readonly #wanted = new Map<string, number>();
  #connection: number | undefined;
  #connections = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(options: ReadMarksOptions) {
    this.#options = options;
  }

  /** What the server has not confirmed, by room. */
  get wanted(): ReadonlyMap<string, number> {
    return this.#wanted;
  }

  mark(room: string, seq: number): void {
    if (seq <= (this.#wanted.get(room) ?? 0)) return;
    this.#wanted.set(room, seq);
    this.#schedule();
  }

  forget(room: string): void {
    this.#wanted.delete(room);
  }

  /** They were someone else's. */
  forgetAll(): void {
    this.#wanted.clear();
  }

  start(): void {
    this.#connection = this.#connections += 1;
    this.#schedule();
  }

  stop(): void {
    this.#connection = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Sends what waits, now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#sentAt = this.#options.clock.now();
    for (const [room, seq] of this.#wanted) {
      const settle = (): void => {
        // A mark of a lost connection stays wanted: the next one sends it again.
        if (connection === this.#connection && this.#wanted.get(room) === seq) this.#wanted.delete(room);
      };
      this.#options.deliver(room, seq).then(settle, (error: unknown) => {
        // One refused for good is dropped: the next one of the room says all that this one said.
        if (!(error instanceof ChatError && isPassing(error))) settle();
        else if (connection === this.#connection) this.#pause(error.retryAfterMs ?? INTERVAL_MS);
      });
    }
  }

  /** Rates and a lost database concern every room: all of them wait. */
  #pause(leastMs: number): void {
    // The server has said when.
    this.#sentAt = Number.NEGATIVE_INFINITY;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#schedule(leastMs);
  }

  #schedule(leastMs = 0): void {
    if (this.#connection === undefined || this.#cancel !== undefined || this.#wanted.size === 0) return;
    const pauseMs = leastMs + LEAST_PAUSE_MS + this.#options.random() * (MAX_PAUSE_MS - LEAST_PAUSE_MS);
    // No longer than that, should the clock have been set back.
    const restMs = Math.min(INTERVAL_MS, this.#sentAt + INTERVAL_MS - this.#options.clock.now());
    this.#cancel = this.#options.clock.after(Math.max(pauseMs, restMs), () => this.flush());
  }
}
