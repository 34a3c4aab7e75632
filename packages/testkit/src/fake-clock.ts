/** A clock that stands still until a test moves it; a wall clock or a monotonic one, as it is needed. */
export class FakeClock {
  #now = 1_000_000;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Moves on, calling back in order what falls due. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    // What was called may have taken time of its own.
    this.#now = Math.max(this.#now, end);
  }

  /** Sets the time without any timer noticing, as a person or NTP does. */
  set(now: number): void {
    this.#now = now;
  }
}
