/** Counts the `rate_limited` answers of one connection: who keeps on regardless is flooding. */
import { FLOOD_ANSWERS, FLOOD_WINDOW_MS } from '@parley/protocol';

export class FloodGuard {
  readonly #answeredAt: number[] = [];

  /** Notes one answer; true when that was one too many. */
  note(now: number): boolean {
    this.#answeredAt.push(now);
    while ((this.#answeredAt[0] ?? now) <= now - FLOOD_WINDOW_MS) this.#answeredAt.shift();
    return this.#answeredAt.length >= FLOOD_ANSWERS;
  }
}
