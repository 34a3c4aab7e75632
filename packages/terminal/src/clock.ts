/** Time as the terminal modules see it, so that tests can turn it by hand. */

export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Runs `run` once after `ms` (0: as soon as the current turn is over). Returns what cancels it; may be called late. */
  after(ms: number, run: () => void): () => void;
}

/**
 * What is to run when the turn is over, a slice a turn: the frames of a room full of screens would otherwise hold up
 * the keys that arrive meanwhile. Between two slices Node looks for input.
 */
class TurnQueue {
  readonly #slice: number;
  #waiting = new Set<{ run(): void }>();
  #scheduled = false;

  constructor(slice: number) {
    this.#slice = slice;
  }

  add(run: () => void): () => void {
    const entry = { run };
    this.#waiting.add(entry);
    this.#schedule();
    return () => {
      this.#waiting.delete(entry);
    };
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#scheduled = false;
    let left = this.#slice;
    try {
      for (const entry of this.#waiting) {
        if (left-- === 0) break;
        this.#waiting.delete(entry);
        entry.run();
      }
    } finally {
      // Also when one has thrown: the others have a turn of their own.
      this.#schedule();
    }
  }
}

/** Screens painted a turn; at 15–30 µs each a key waits a quarter of a millisecond at most. */
const turns = new TurnQueue(8);

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    if (ms <= 0) return turns.add(run);
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
