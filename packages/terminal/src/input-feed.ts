/** A tokenizer with its clock: bytes in, events out, and the decision about a lone Esc after a short silence. */
import type { MonotonicClock } from './clock.ts';
import type { InputEvent } from './input-events.ts';
import { InputTokenizer, type Pending, type TokenizerOptions } from './input-tokenizer.ts';

/** How long each wait may last, in ms. A paste may stall on a slow line; a broken sequence must not eat keys for long. */
const PATIENCE: Readonly<Record<Exclude<Pending, 'nothing'>, number>> = { ambiguous: 50, sequence: 1000, paste: 5000 };

export class InputFeed {
  readonly #tokenizer: InputTokenizer;
  readonly #clock: MonotonicClock;
  readonly #onInput: (event: InputEvent) => void;
  #waiting: Pending = 'nothing';
  #cancel: () => void = () => {};

  constructor(options: TokenizerOptions & { clock: MonotonicClock; onInput: (event: InputEvent) => void }) {
    this.#tokenizer = new InputTokenizer(options);
    this.#clock = options.clock;
    this.#onInput = options.onInput;
  }

  push(chunk: Uint8Array | string): void {
    const events = this.#tokenizer.push(chunk);
    this.#wait(events.length > 0);
    for (const event of events) this.#onInput(event);
  }

  /** Forgets what is pending. */
  close(): void {
    this.#cancel();
    this.#waiting = 'nothing';
    this.#tokenizer.flush();
  }

  #wait(progress: boolean): void {
    const pending = this.#tokenizer.pending;
    // The time for a sequence runs from its start: typing on must not keep a broken one alive.
    if (!progress && pending === 'sequence' && this.#waiting === 'sequence') return;
    this.#cancel();
    this.#waiting = pending;
    if (pending === 'nothing') return;
    this.#cancel = this.#clock.after(PATIENCE[pending], () => {
      this.#waiting = 'nothing';
      for (const event of this.#tokenizer.flush()) this.#onInput(event);
    });
  }
}
