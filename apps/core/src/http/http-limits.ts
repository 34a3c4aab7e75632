/**
 * What RATE_LIMITS limits over HTTP: how often one may try to sign in and how many may enter from one address, counted by
 * all replicas together (an address of IPv6 by its /64, as routes are given it); and how often one may keep one's place, which each counts for itself.
 */
import { foldName } from '@parley/protocol';
import { type MakeRateLimit, type RateLimit, refuseFor } from '../chat/rate-limit.ts';

/** Sign-ins an address and account, 5 a minute. Each attempt counts, also one that succeeds. */
const SIGN_INS = { perSecond: 5 / 60, burst: 5 };
/** Sign-ins an address, to whatever accounts: an office full of people may begin its day. */
const SIGN_INS_OF_ADDRESS = { perSecond: 1, burst: 60 };
/** Registrations, guests, refreshed tokens, event streams and new cookies of browsers an address: as many as connections. */
const ENTRIES = { perSecond: 10, burst: 100 };
/** Times that a user's browser tabs may say or ask where they are: each says so twice a second while one types. */
const PLACES = { perSecond: 20, burst: 200 };

export class HttpLimits {
  readonly #signIns: RateLimit;
  readonly #signInsOfAddress: RateLimit;
  readonly #entries: RateLimit;
  readonly #places: RateLimit;

  constructor(makeLimit: MakeRateLimit, makeLocalLimit: MakeRateLimit) {
    this.#signIns = makeLimit('sign-in', SIGN_INS);
    this.#signInsOfAddress = makeLimit('sign-in-address', SIGN_INS_OF_ADDRESS);
    this.#entries = makeLimit('entry', ENTRIES);
    this.#places = makeLocalLimit('place', PLACES);
  }

  /** Counts one attempt to prove to be `nick`; throws `rate_limited`. */
  async signIn(address: string, nick: string): Promise<void> {
    const key = `${address}|${foldName(nick)}`;
    // The account first: who keeps on trying one is not counted for those who share the address.
    refuseFor(await this.#signIns.take(key), 'Too many attempts to sign in.');
    refuseFor(await this.#signInsOfAddress.take(address), 'Too many attempts to sign in from this address.');
  }

  /** Counts one registration, guest, refreshed token, event stream or new cookie of a browser; throws `rate_limited`. */
  async entry(address: string): Promise<void> {
    refuseFor(await this.#entries.take(address), 'Too many come from this address at once.');
  }

  /** Counts one time that a place is kept, asked for or forgotten; throws `rate_limited`. */
  async place(userId: string): Promise<void> {
    refuseFor(await this.#places.take(userId), 'Too much is kept at once.');
  }
}
