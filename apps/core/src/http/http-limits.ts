/**
 * What RATE_LIMITS limits over HTTP: how often one may try to sign in and how many may enter from one address, counted by
 * all replicas together (an address of IPv6 by its /64, as routes are given it); and how often one may keep one's place, which each counts for itself.
 */
import { foldName } from '@parley/protocol';
import { type MakeRateLimit, type RateLimit, refuseFor } from '../chat/rate-limit.ts';

/** Sign-ins an address and account, 5 a minute. Each attempt counts, also one that succeeds. */
const SIGN_INS = { perSecond: 5 / 60, burst: 5 };
/** Registrations, guests, event streams and new cookies of browsers an address: as many as connections. */
const ENTRIES = { perSecond: 10, burst: 100 };
/** Times that a user's browser tabs may say or ask where they are: each says so twice a second while one types. */
const PLACES = { perSecond: 20, burst: 200 };

export class HttpLimits {
  readonly #signIns: RateLimit;
  readonly #entries: RateLimit;
  readonly #places: RateLimit;

  constructor(makeLimit: MakeRateLimit, makeLocalLimit: MakeRateLimit) {
    this.#signIns = makeLimit('sign-in', SIGN_INS);
    this.#entries = makeLimit('entry', ENTRIES);
    this.#places = makeLocalLimit('place', PLACES);
  }

  /** Counts one attempt to prove to be `nick`; throws `rate_limited`. */
  async signIn(address: string, nick: string): Promise<void> {
    const key = `${address}|${foldName(nick)}`;
    refuseFor(await this.#signIns.take(key), 'Too many attempts to sign in.');
  }

  /** Counts one registration, guest, event stream or new cookie of a browser; throws `rate_limited`. */
  async entry(address: string): Promise<void> {
    refuseFor(await this.#entries.take(address), 'Too many come from this address at once.');
  }

  /** Counts one time that a place is kept, asked for or forgotten; throws `rate_limited`. */
  async place(userId: string): Promise<void> {
    refuseFor(await this.#places.take(userId), 'Too much is kept at once.');
  }
}
