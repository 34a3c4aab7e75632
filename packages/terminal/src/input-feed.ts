/**
 * A tokenizer with its clock: bytes in, events out, and the decision about a lone Esc after a short silence. What takes
 * long to handle is handled in pieces, one a turn: others of the process wait for one of them at most. What comes when is
 * as if it had been handled at once: the silence after an Esc begins when there is nothing left.
 *
 *   open ──a piece took its time, and there is more──▶ held ──all is handled──▶ open
 *                                                     a piece a turn; the input is not read
 */
import { AsyncResource } from 'node:async_hooks';
import type { MonotonicClock } from './clock.ts';
import type { InputEvent } from './input-events.ts';
import { InputTokenizer, type Pending, type TokenizerOptions } from './input-tokenizer.ts';

/** How long each wait may last, in ms. A paste may stall on a slow line; a broken sequence must not eat keys for long. */
const PATIENCE: Readonly<Record<Exclude<Pending, 'nothing'>, number>> = { ambiguous: 50, sequence: 1000, paste: 5000 };
/** How long a turn handles input for before what is left has to wait. A key takes a tenth of that. */
const PIECE_MS = 2;
/** Shared, and never changed. */
const NONE: InputEvent[] = [];

export interface InputFeedOptions extends TokenizerOptions {
  readonly clock: MonotonicClock;
  onInput(this: void, event: InputEvent): void;
  /** This turn's events were handled; `more`: others wait for the next. */
  onHandled?: ((this: void, more: boolean) => void) | undefined;
  /** The input is not to be read any further, or on again. */
  onHold?: ((this: void, held: boolean) => void) | undefined;
}

export class InputFeed {
  readonly #options: InputFeedOptions;
  readonly #tokenizer: InputTokenizer;
  #events = NONE;
  /** The first of the events that is not handled yet. */
  #next = 0;
  #held = false;
  #waiting: Pending = 'nothing';
  /** Cancels what is to come: the next piece, or the end of a wait. */
  #cancel: () => void = () => {};

  constructor(options: InputFeedOptions) {
    this.#options = options;
    this.#tokenizer = new InputTokenizer(options);
  }

  push(chunk: Uint8Array | string): void {
    this.#take(this.#tokenizer.push(chunk));
  }

  /** Forgets what is pending. */
  close(): void {
    this.#cancel();
    this.#waiting = 'nothing';
    this.#tokenizer.flush();
    this.#events = NONE;
    this.#held = false;
  }

  #take(events: InputEvent[]): void {
    if (this.#held) {
      // From an input that can't be held.
      for (const event of events) this.#events.push(event);
      return;
    }
    this.#wait(events.length > 0);
    this.#events = events;
    this.#next = 0;
    this.#handle();
  }

  #handle(): void {
    const { clock, onInput, onHandled } = this.#options;
    const events = this.#events;
    const { length } = events;
    // Mostly it is a single key.
    const end = length > 1 ? clock.now() + PIECE_MS : 0;
    try {
      do {
        const event = events[this.#next++];
        if (event !== undefined) onInput(event);
        // Closed meanwhile, there are none left.
      } while (this.#next < length && this.#events === events && clock.now() < end);
    } finally {
      // Also when one has thrown: it is not the others' fault.
      if (this.#events === events) this.#goOn();
    }
    onHandled?.(this.#held);
  }

  /** Leaves what is left to the next turn; or, when there is nothing, waits for input. */
  #goOn(): void {
    const more = this.#next < this.#events.length;
    if (more) {
      this.#cancel();
      // That turn is shared by many: what is of this feed runs in its own asynchronous context.
      const scope = new AsyncResource('Input');
      this.#cancel = this.#options.clock.after(0, () => scope.runInAsyncScope(() => this.#handle()));
    } else {
      this.#events = NONE;
    }
    if (more === this.#held) return;
    this.#held = more;
    this.#waiting = 'nothing';
    if (!more) this.#wait(true);
    this.#options.onHold?.(more);
  }

  #wait(progress: boolean): void {
    const pending = this.#tokenizer.pending;
    // The time for a sequence runs from its start: typing on must not keep a broken one alive.
    if (!progress && pending === 'sequence' && this.#waiting === 'sequence') return;
    this.#cancel();
    this.#waiting = pending;
    if (pending === 'nothing') return;
    this.#cancel = this.#options.clock.after(PATIENCE[pending], () => {
      this.#waiting = 'nothing';
      this.#take(this.#tokenizer.flush());
    });
  }
}
