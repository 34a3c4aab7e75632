/**
 * How often one may try to sign in and keep one's place, and how many may enter from one address. Counts in this process's
 * memory, and for entering where there are replicas in the count that they share, if it can be had.
 */
import { foldName } from '@parley/protocol';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { refuseFor } from '../chat/rate-limit.ts';
import { addressKey } from '@parley/service';

/** So many `points` in each window of `duration` seconds. */
interface Window {
  readonly points: number;
  readonly duration: number;
}

/** Takes one from a count that all replicas share; answers the milliseconds to wait, 0 for none. Never rejects. */
export type TakeShared = (key: string, window: Window) => Promise<number>;

/** Sign-ins an address and account. Each attempt counts, also one that succeeds. */
const SIGN_INS: Window = { points: 5, duration: 60 };
/** Registrations, guests and event streams over HTTP an address: the 10 a second, burst 100, of connections. */
const ENTRIES: Window = { points: 100, duration: 10 };
/** Times that a user's browser tabs may say or ask where they are: each says so twice a second while one types. */
const PLACES: Window = { points: 200, duration: 10 };

export class SignInLimits {
  readonly #signIns = new RateLimiterMemory(SIGN_INS);
  readonly #entries = new RateLimiterMemory(ENTRIES);
  readonly #places = new RateLimiterMemory(PLACES);
  readonly #on: boolean;
  readonly #takeShared: TakeShared | undefined;

  constructor(options: { on: boolean; takeShared?: TakeShared | undefined }) {
    this.#on = options.on;
    this.#takeShared = options.takeShared;
  }

  /** Counts one attempt to prove to be `nick`; throws `rate_limited`. */
  async signIn(address: string, nick: string): Promise<void> {
    if (!this.#on) return;
    const key = `${addressKey(address)}|${foldName(nick)}`;
    await consume(this.#signIns, key, 'Too many attempts to sign in.');
    refuseFor((await this.#takeShared?.(`sign-in:${key}`, SIGN_INS)) ?? 0, 'Too many attempts to sign in.');
  }

  /** Counts one registration, guest or event stream; throws `rate_limited`. */
  async entry(address: string): Promise<void> {
    if (!this.#on) return;
    const key = addressKey(address);
    await consume(this.#entries, key, 'Too many come from this address at once.');
    refuseFor((await this.#takeShared?.(`entry:${key}`, ENTRIES)) ?? 0, 'Too many come from this address at once.');
  }

  /** Counts one time that a place is kept, asked for or forgotten, by each replica for itself; throws `rate_limited`. */
  async place(userId: string): Promise<void> {
    if (this.#on) await consume(this.#places, userId, 'Too much is kept at once.');
  }
}

async function consume(limiter: RateLimiterMemory, key: string, problem: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    refuseFor(Math.max(1, refusal.msBeforeNext), problem);
  }
}
