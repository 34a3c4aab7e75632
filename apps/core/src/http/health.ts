/** Whether the database answers: asked at most once a second, however many ask here, and never waited for long. */

import { withinMs } from '@parley/service';

const FRESH_MS = 1000;
const TIMEOUT_MS = 2000;

export class Health {
  readonly #ping: () => Promise<void>;
  readonly #now: () => number;
  #asking: Promise<boolean> | undefined;
  #answer: { healthy: boolean; at: number } | undefined;

  constructor(ping: () => Promise<void>, now: () => number = () => performance.now()) {
    this.#ping = ping;
    this.#now = now;
  }

  /** True while the database answers. Never rejects. */
  check(): Promise<boolean> {
    if (this.#answer !== undefined && this.#now() - this.#answer.at < FRESH_MS) {
      return Promise.resolve(this.#answer.healthy);
    }
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #ask(): Promise<boolean> {
    // A database that hangs is as good as none; its late answer is of no use, so it may come whenever it wants.
    const healthy = await withinMs(TIMEOUT_MS, this.#ping()).catch(() => false);
    this.#answer = { healthy, at: this.#now() };
    return healthy;
  }
}
