/** Time as the terminal modules see it, so that tests can turn it by hand. */

export interface MonotonicClock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Runs `run` once after `ms` (0: as soon as the current turn is over). Returns what cancels it; may be called late. */
  after(ms: number, run: () => void): () => void;
}

/**
 * What is to run when the turn is over, as much in one turn as takes a moment: the frames of a room full of screens would
 * otherwise hold up the keys that arrive meanwhile. Between two turns Node looks for input.
 */
class TurnQueue {
  readonly #mostMs: number;
  #waiting = new Set<{ run(): void }>();
  #scheduled = false;

  constructor(mostMs: number) {
    this.#mostMs = mostMs;
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
    const end = performance.now() + this.#mostMs;
    try {
      for (const entry of this.#waiting) {
        this.#waiting.delete(entry);
        entry.run();
        if (performance.now() >= end) break;
      }
    } finally {
      // Also when one has thrown: the others have a turn of their own.
      this.#schedule();
    }
  }
}

/** A frame takes 0.05 to 0.3 ms. */
const turns = new TurnQueue(0.5);

export const monotonicClock: MonotonicClock = {
  now: () => performance.now(),
  after(ms, run) {
    if (ms <= 0) return turns.add(run);
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
