/**
 * When to paint: at once when idle, at most so many times a second under load, later when the window is being dragged.
 * Answers to keys don't go through here unless they come in floods.
 */
import type { Clock } from './clock.ts';

export class FramePacer {
  readonly #clock: Clock;
  readonly #paint: () => void;
  /** The least time between the starts of two frames. */
  readonly #frameMs: number;
  #last = Number.NEGATIVE_INFINITY;
  #due = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => {};

  constructor(clock: Clock, framesPerSecond: number, paint: () => void) {
    this.#clock = clock;
    this.#frameMs = 1000 / framesPerSecond;
    this.#paint = paint;
  }

  /** Asks for a frame. `urgent`: at the end of this turn whatever the load; a person is waiting for the echo of a key. */
  request(urgent = false): void {
    const now = this.#clock.now();
    this.#schedule(urgent ? now : Math.max(now, this.#last + this.#frameMs), now, false);
  }

  /** Puts the next frame off to `ms` from now, whatever was asked for. */
  postpone(ms: number): void {
    const now = this.#clock.now();
    this.#schedule(now + ms, now, true);
  }

  /** No frame until it is asked for again. To be called when one is painted, too. */
  cancel(): void {
    this.#cancel();
    this.#due = Number.POSITIVE_INFINITY;
  }

  /** A frame is being painted now. */
  started(): void {
    this.cancel();
    this.#last = this.#clock.now();
  }

  #schedule(at: number, now: number, later: boolean): void {
    if (!later && at >= this.#due) return;
    this.#cancel();
    this.#due = at;
    const paint = (): void => {
      this.#due = Number.POSITIVE_INFINITY;
      this.#paint();
    };
    // What a timer wakes takes its turn among the others, too: timers of one millisecond all run in one go.
    const wake = (): void => {
      this.#cancel = this.#clock.after(0, paint);
    };
    this.#cancel = at > now ? this.#clock.after(at - now, wake) : this.#clock.after(0, paint);
  }
}
