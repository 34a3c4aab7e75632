/**
 * What is to be taken back at a server, tried until it is: for as long as the process lives, also when the client whose it
 * was has ended. Does not know what it is, and keeps it in memory alone.
 *
 *   trying ──it is, or it was before (401, 404)──▶ done
 *     │ ▲
 *     ▼ └──after 1 s, then after twice as long each time, up to 30 s; at once when asked to
 *   waiting
 */
import type { Clock } from '@parley/client';
import { ChatError } from '@parley/protocol';

const FIRST_WAIT_MS = 1000;
const MAX_WAIT_MS = 30_000;

export class Revocation {
  readonly done: Promise<void>;
  readonly #clock: Clock;
  readonly #revoke: () => Promise<void>;
  #settle: () => void = () => {};
  #waitMs = FIRST_WAIT_MS;
  #cancel: (() => void) | undefined;
  #trying: Promise<unknown> | undefined;

  /** `revoke` rejects when it has to be tried again, and with a ChatError where the server says why. Begins with `try`. */
  constructor(clock: Clock, revoke: (this: void) => Promise<void>) {
    this.done = new Promise((resolve) => (this.#settle = resolve));
    this.#clock = clock;
    this.#revoke = revoke;
  }

  /** Tries at once, or joins the try that is under way. Never rejects: answers what went wrong, undefined when it is done. */
  try(): Promise<unknown> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#trying ??= this.#tryOnce();
    return this.#trying;
  }

  async #tryOnce(): Promise<unknown> {
    try {
      await this.#revoke();
    } catch (error) {
      if (!isGone(error)) {
        this.#trying = undefined;
        this.#cancel = this.#clock.after(this.#waitMs, () => void this.try());
        this.#waitMs = Math.min(2 * this.#waitMs, MAX_WAIT_MS);
        return error;
      }
    }
    this.#settle();
    return undefined;
  }
}

/** There is nothing left to take back. */
const isGone = (error: unknown): boolean =>
  error instanceof ChatError && (error.code === 'unauthorized' || error.code === 'not_found');
