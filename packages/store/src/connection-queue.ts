/**
 * The queue for the pool's connections. Patient while the database works through a burst, unlike the driver's own
 * queue, which has one timeout for that and for connecting; and short when the database is gone. Knows no SQL.
 */
import { StoreUnavailable } from './store-errors.ts';

export interface ConnectionQueueOptions {
  /** How many may be inside at once. */
  width: number;
  /** How many may wait, and for how long. */
  maxWaiting: number;
  timeoutMs: number;
}

interface Waiting {
  admit: () => void;
  refuse: (error: StoreUnavailable) => void;
}

export class ConnectionQueue {
  readonly #options: ConnectionQueueOptions;
  readonly #waiting = new Set<Waiting>();
  #inside = 0;

  constructor(options: ConnectionQueueOptions) {
    this.#options = options;
  }

  /** Resolves when there is room, first come first served; every entry needs one `leave`. */
  enter(): Promise<void> {
    if (this.#inside < this.#options.width) {
      this.#inside += 1;
      return Promise.resolve();
    }
    if (this.#waiting.size >= this.#options.maxWaiting) {
      return Promise.reject(new StoreUnavailable('Too many wait for the database.'));
    }
    return new Promise((resolve, reject) => {
      const leaveQueue = (): void => {
        clearTimeout(timeout);
        this.#waiting.delete(waiting);
      };
      const waiting: Waiting = {
        admit: () => {
          leaveQueue();
          resolve();
        },
        refuse: (error) => {
          leaveQueue();
          reject(error);
        },
      };
      const timeout = setTimeout(
        () => waiting.refuse(new StoreUnavailable('The database is too busy.')),
        this.#options.timeoutMs,
      );
      this.#waiting.add(waiting);
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    // The place is handed on, so that nobody who comes now slips in between.
    if (next === undefined) this.#inside -= 1;
    else next.admit();
  }

  /** Sends all who wait away: what one has just found out holds for them too. */
  refuseWaiting(error: StoreUnavailable): void {
    for (const waiting of this.#waiting) waiting.refuse(new StoreUnavailable(error.message, { cause: error }));
  }
}
