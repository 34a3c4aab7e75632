/**
 * Whoever comes by a link is in a room within moments: what is on the way there would only flash. So nothing is shown at
 * first, for as long as one is on the way and not for long.
 *
 *   blank ──no longer on the way, or BLANK_MS──▶ over
 */
import type { MonotonicClock } from '@parley/terminal';

/** Long enough for a server that is near, and not to be noticed. */
const BLANK_MS = 150;

export class BlankStart {
  readonly #clock: MonotonicClock;
  readonly #show: () => void;
  #isOver = false;
  #cancel: (() => void) | undefined;

  /** `show` is called when it has lasted long enough. */
  constructor(clock: MonotonicClock, show: () => void) {
    this.#clock = clock;
    this.#show = show;
  }

  /** Whether nothing is shown yet. */
  lasts(isOnTheWay: boolean): boolean {
    if (this.#isOver) return false;
    if (!isOnTheWay) {
      this.#isOver = true;
      this.#cancel?.();
      return false;
    }
    this.#cancel ??= this.#clock.after(BLANK_MS, () => {
      this.#isOver = true;
      this.#show();
    });
    return true;
  }

  close(): void {
    this.#cancel?.();
  }
}
