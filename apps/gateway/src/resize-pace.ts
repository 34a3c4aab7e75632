/**
 * Tells a program the size of its terminal, no faster than it can lay itself out anew: a window that is dragged, or a page
 * that means ill, would keep a host busy that belongs to many. Of sizes that wait only the newest is told.
 *
 *   resting ──resize, PACE_MS after the last or later: told at once──▶ resting
 *      └──resize, sooner──▶ waiting ──PACE_MS after the last: the newest is told──▶ resting
 */
import type { TerminalSession, TerminalSize } from './terminal-session.ts';

/** Between two sizes. A drag looks smooth at this. */
export const PACE_MS = 50;

export class ResizePace {
  readonly #terminal: Pick<TerminalSession, 'resize'>;
  #told: TerminalSize;
  #toldAt = -Infinity;
  #waiting: { newest: TerminalSize; readonly timer: NodeJS.Timeout } | undefined;

  /** `size`: what the program was started at. */
  constructor(terminal: Pick<TerminalSession, 'resize'>, size: TerminalSize) {
    this.#terminal = terminal;
    this.#told = size;
  }

  /** At once when the last was told long enough ago, and soon otherwise. */
  resize(size: TerminalSize): void {
    if (this.#waiting !== undefined) {
      this.#waiting.newest = size;
      return;
    }
    const restMs = this.#toldAt + PACE_MS - performance.now();
    if (restMs <= 0) return this.#tell(size);
    this.#waiting = { newest: size, timer: setTimeout(() => this.flush(), restMs) };
  }

  /** Tells what waits without waiting any longer, for what follows needs it. */
  flush(): void {
    const newest = this.#waiting?.newest;
    this.stop();
    if (newest !== undefined) this.#tell(newest);
  }

  /** What waits is told no more. */
  stop(): void {
    clearTimeout(this.#waiting?.timer);
    this.#waiting = undefined;
  }

  #tell(size: TerminalSize): void {
    if (size.cols === this.#told.cols && size.rows === this.#told.rows) return;
    this.#told = size;
    this.#toldAt = performance.now();
    this.#terminal.resize(size);
  }
}
