/**
 * Notices a server that has gone silent: after 30 s without a sign of life it asks for one, and 10 s later it gives up.
 * One timer, looked at when it fires, so that a busy connection costs nothing a message.
 */
import type { Clock } from './clock.ts';

const SILENCE_MS = 30_000;
const ANSWER_MS = 10_000;

export class Heartbeat {
  readonly #clock: Clock;
  readonly #ask: () => void;
  readonly #giveUp: () => void;
  #heardAt = 0;
  #askedAt: number | undefined;
  #cancel: () => void = () => {};

  constructor(options: { clock: Clock; ask: () => void; giveUp: () => void }) {
    this.#clock = options.clock;
    this.#ask = options.ask;
    this.#giveUp = options.giveUp;
  }

  start(): void {
    this.heard();
    this.#look();
  }

  stop(): void {
    this.#cancel();
  }

  heard(): void {
    this.#heardAt = this.#clock.now();
    this.#askedAt = undefined;
  }

  #look(): void {
    this.#cancel();
    const now = this.#clock.now();
    // A clock that was set back must not stretch the silence.
    if (now < this.#heardAt) this.#heardAt = now;
    if (this.#askedAt !== undefined && now < this.#askedAt) this.#askedAt = now;
    if (this.#askedAt === undefined && now - this.#heardAt >= SILENCE_MS) {
      this.#askedAt = now;
      this.#ask();
    } else if (this.#askedAt !== undefined && now - this.#askedAt >= ANSWER_MS) {
      this.#giveUp();
      return;
    }
    const due = this.#askedAt === undefined ? this.#heardAt + SILENCE_MS : this.#askedAt + ANSWER_MS;
    this.#cancel = this.#clock.after(Math.max(1, due - now), () => this.#look());
  }
}
