/**
 * Tokens whose signature has been verified, so that who comes again and again is verified once. Says nothing of
 * revocation, which is looked up each time.
 *
 * Invariants: what is kept was verified by the caller; nothing is answered from the moment on at which it runs out; at most
 * `limit` are kept, the oldest go first. Kept are hashes: a dump of the memory holds no token.
 */
import { createHash } from 'node:crypto';

export class VerifiedTokens<Claims> {
  readonly #limit: number;
  readonly #known = new Map<string, { readonly claims: Claims; readonly expiresAt: number }>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What the token was found to say; undefined for one that is not known or has run out. */
  get(token: string, now: number): Claims | undefined {
    const known = this.#known.get(keyOf(token));
    return known !== undefined && now < known.expiresAt ? known.claims : undefined;
  }

  /** Keeps what a token says until `expiresAt`, in milliseconds. */
  add(token: string, claims: Claims, expiresAt: number): void {
    const key = keyOf(token);
    this.#known.delete(key);
    this.#known.set(key, { claims, expiresAt });
    if (this.#known.size <= this.#limit) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64');
