/**
 * So many a second, with bursts: what `RATE_LIMITS` counts. A window of fixed length cannot say "10 a second, 60 at once"
 * without letting twice as much through over time, so this is the generic cell rate algorithm: one number a key.
 */
import { ChatError } from '@parley/protocol';

export interface RateLimit {
  /** Takes one; 0 when there was one to take, else the milliseconds until there is. */
  take(key: string): number | Promise<number>;
}

/** `burst` at once, and `perSecond` over time. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Makes a limit; the name tells its keys from those of others. */
export type MakeRateLimit = (name: string, rate: Rate) => RateLimit;

/** Counts in this process's memory. */
export class LocalRateLimit implements RateLimit {
  readonly #intervalMs: number;
  readonly #burstMs: number;
  readonly #now: () => number;
  /** When the key would be back to a full burst. */
  readonly #fullAt = new Map<string, number>();
  #sweepAt = 0;

  constructor(rate: Rate, now: () => number = () => performance.now()) {
    this.#intervalMs = 1000 / rate.perSecond;
    this.#burstMs = rate.burst * this.#intervalMs;
    this.#now = now;
  }

  take(key: string): number {
    const now = this.#now();
    this.#sweep(now);
    const fullAt = Math.max(this.#fullAt.get(key) ?? 0, now) + this.#intervalMs;
    const early = fullAt - now - this.#burstMs;
    if (early > 0) return Math.ceil(early);
    this.#fullAt.set(key, fullAt);
    return 0;
  }

  /** Takes back one that was taken and not used. */
  giveBack(key: string): void {
    const fullAt = this.#fullAt.get(key);
    if (fullAt !== undefined) this.#fullAt.set(key, fullAt - this.#intervalMs);
  }

  /** Forgets keys that are back to a full burst, once in the time that takes. */
  #sweep(now: number): void {
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + this.#burstMs;
    for (const [key, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(key);
  }
}

/** Limits that this process counts alone, on a monotonic clock. */
export const localRateLimits =
  (now?: () => number): MakeRateLimit =>
  (_, rate) =>
    new LocalRateLimit(rate, now);

/** Lets everything through: RATE_LIMITS=off. */
export const noRateLimits: MakeRateLimit = () => ({ take: () => 0 });

/** Throws `rate_limited` unless there is nothing to wait for. */
export function refuseFor(retryAfterMs: number, problem: string): void {
  if (retryAfterMs > 0) {
    const seconds = Math.ceil(retryAfterMs / 1000);
    throw new ChatError('rate_limited', `${problem} Try again in ${seconds} s.`, { retryAfterMs });
  }
}
