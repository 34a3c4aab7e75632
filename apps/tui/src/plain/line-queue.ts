/**
 * Lines of input that wait for their turn: each is taken when the one before it has come to its end, so that a script can
 * go to a room and say something there. Knows neither what a line does nor what is written of it.
 *
 *   open ──the input has ended, and every line was taken──▶ over (done)
 *     ├──the input has ended, and a line is not sent in LAST_TIMEOUT_MS──▶ over (late)
 *     ├──its person gives up──▶ over (given up)
 *     └──closed──▶ over
 */
import type { Clock } from '@parley/client';

export interface LineQueueOptions {
  readonly clock: Clock;
  /** Whether the next line can be acted on. */
  canTake(this: void): boolean;
  /** Whether its person does not want to wait any longer, by the lines that wait, the next one first. */
  givesUp(this: void, waiting: readonly string[]): boolean;
  onLine(this: void, text: string): void;
  /** Called once at most, and not after `close`. */
  onOver(this: void, why: 'done' | 'given up' | 'late'): void;
}

/** How long a line may take to be sent after the input has ended: by then a server that can't be reached was tried often. */
const LAST_TIMEOUT_MS = 60_000;

export class LineQueue {
  readonly #options: LineQueueOptions;
  readonly #lines: string[] = [];
  #hasEnded = false;
  #isOver = false;
  /** A line was given on, and what it does is not known yet. */
  #isActing = false;
  #cancelTimeout: (() => void) | undefined;

  constructor(options: LineQueueOptions) {
    this.#options = options;
  }

  /** How many lines wait. */
  get size(): number {
    return this.#lines.length;
  }

  /** Whether there will be no more lines than those that wait. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  push(line: string): void {
    this.#lines.push(line);
    this.pump();
  }

  /** There will be no more lines. */
  end(): void {
    this.#hasEnded = true;
    this.#wait();
    this.pump();
  }

  /** The line that was given on has been acted on: by `canTake` it shows whether it has come to its end. */
  acted(): void {
    this.#isActing = false;
  }

  /** Takes the next line when it can be acted on; what comes of it brings the one after. */
  pump(): void {
    if (this.#isOver || this.#isActing) return;
    if (!this.#options.canTake()) {
      if (this.#options.givesUp(this.#lines)) this.#finish('given up');
      return;
    }
    const text = this.#lines.shift();
    if (text !== undefined) {
      this.#isActing = true;
      // The one before it was sent: of a long file each line has its time.
      if (this.#hasEnded) this.#wait();
      this.#options.onLine(text);
    } else if (this.#hasEnded) this.#finish('done');
  }

  /** Takes no line any more. May be called twice. */
  close(): void {
    this.#isOver = true;
    this.#cancelTimeout?.();
  }

  #wait(): void {
    this.#cancelTimeout?.();
    this.#cancelTimeout = this.#options.clock.after(LAST_TIMEOUT_MS, () => this.#finish('late'));
  }

  #finish(why: 'done' | 'given up' | 'late'): void {
    this.close();
    this.#options.onOver(why);
  }
}
