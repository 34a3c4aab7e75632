/**
 * Tokens whose signature has been verified, so that who comes again and again is verified once. Says nothing of
 * revocation, which is looked up each time.
 *
 * Invariants: what is kept was verified by the caller; nothing is answered from the moment on at which it runs out; at most
 * `limit` are kept, the oldest go first. Kept are hashes: a dump of the memory holds no token.
 */
import { createHash } from 'node:crypto';
import { ExpiringMap } from './expiring-map.ts';

export class VerifiedTokens<Claims> {
  readonly #known: ExpiringMap<Claims>;

  constructor(limit: number) {
    this.#known = new ExpiringMap(limit);
  }

  /** What the token was found to say; undefined for one that is not known or has run out. */
  get(token: string, now: number): Claims | undefined {
    return this.#known.get(keyOf(token), now);
  }

  /** Keeps what a token says until `expiresAt`, in milliseconds. */
  add(token: string, claims: Claims, expiresAt: number): void {
    this.#known.set(keyOf(token), claims, expiresAt);
  }
}

const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64');
