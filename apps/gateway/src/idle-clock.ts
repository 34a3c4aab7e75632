/** Tells when a person has done nothing for long: once as a warning, once at the end. Each touch starts it anew. */

export interface IdleTimes {
  readonly warnAfterMs: number;
  readonly endAfterMs: number;
}

export class IdleClock {
  readonly #times: IdleTimes;
  readonly #on: { warn: () => void; end: () => void };
  #touchedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(times: IdleTimes, on: { warn: () => void; end: () => void }) {
    this.#times = times;
    this.#on = on;
    this.#wait(times.warnAfterMs, false);
  }

  /** Cheap, for it comes with every key: the timers find out by themselves that they are early. */
  touch(): void {
    this.#touchedAt = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(ms: number, warned: boolean): void {
    this.#timer = setTimeout(() => this.#check(warned), Math.max(1, Math.ceil(ms)));
    this.#timer.unref();
  }

  #check(warned: boolean): void {
    const idleMs = performance.now() - this.#touchedAt;
    const { warnAfterMs, endAfterMs } = this.#times;
    if (warned && idleMs >= endAfterMs) return this.#on.end();
    if (idleMs < warnAfterMs) return this.#wait(warnAfterMs - idleMs, false);
    if (!warned) this.#on.warn();
    this.#wait(endAfterMs - idleMs, true);
  }
}
