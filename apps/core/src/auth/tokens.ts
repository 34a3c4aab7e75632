/**
 * Signs and reads the two kinds of bearer tokens: an account's access token (15 minutes) and a guest's (30 days). Both
 * name a session, whose revocation is the caller's to check. Knows no database.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { ChatError, MAX_TOKEN_BYTES } from '@parley/protocol';
import { VerifiedTokens } from '@parley/service';
import { errors, jwtVerify } from 'jose';

export const ACCESS_TOKEN_SECONDS = 15 * 60;
export const GUEST_TOKEN_SECONDS = 30 * 86_400;
const ISSUER = 'parley';
/** Enough for everyone of a busy server to come back at once; a few hundred bytes each. */
const MAX_REMEMBERED = 10_000;
const HEADER = encode({ alg: 'HS256', typ: 'JWT' });

type TokenKind = 'access' | 'guest';

/** What a valid token says. */
export interface TokenClaims {
  readonly kind: TokenKind;
  readonly userId: string;
  readonly sessionId: string;
}

export class Tokens {
  readonly #secret: KeyObject;
  readonly #now: () => number;
  readonly #verified = new VerifiedTokens<TokenClaims>(MAX_REMEMBERED);

  constructor(secret: Uint8Array, now: () => number = Date.now) {
    // As an object, because bytes would be imported anew for each token.
    this.#secret = createSecretKey(secret);
    this.#now = now;
  }

  /** A token of the kind's full lifetime. */
  sign({ kind, userId, sessionId }: TokenClaims): string {
    const issuedAt = Math.floor(this.#now() / 1000);
    const expiresAt = issuedAt + (kind === 'access' ? ACCESS_TOKEN_SECONDS : GUEST_TOKEN_SECONDS);
    const payload = { iss: ISSUER, aud: kind, sub: userId, sid: sessionId, iat: issuedAt, exp: expiresAt };
    const unsigned = `${HEADER}.${encode(payload)}`;
    // By hand, because jose signs in another thread, for which a newcomer would wait.
    const token = `${unsigned}.${createHmac('sha256', this.#secret).update(unsigned).digest('base64url')}`;
    this.#verified.add(token, { kind, userId, sessionId }, expiresAt * 1000);
    return token;
  }

  /** Throws `unauthorized` for a token that is forged, expired, unsigned or made for something else. */
  async read(token: string): Promise<TokenClaims> {
    if (token.length > MAX_TOKEN_BYTES) throw invalidToken();
    const known = this.#verified.get(token, this.#now());
    if (known !== undefined) return known;
    try {
      const { payload } = await jwtVerify(token, this.#secret, {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: ['access', 'guest'],
        requiredClaims: ['sub', 'sid', 'exp'],
        currentDate: new Date(this.#now()),
      });
      const { aud, sub, sid, exp = 0 } = payload;
      if ((aud !== 'access' && aud !== 'guest') || sub === undefined || typeof sid !== 'string') throw invalidToken();
      const claims = { kind: aud, userId: sub, sessionId: sid } as const;
      this.#verified.add(token, claims, exp * 1000);
      return claims;
    } catch (error) {
      if (error instanceof errors.JWTExpired) {
        throw new ChatError('unauthorized', 'The token has expired. Sign in again.', { cause: error });
      }
      if (error instanceof errors.JOSEError) throw invalidToken(error);
      throw error;
    }
  }
}

export const invalidToken = (cause?: unknown): ChatError =>
  new ChatError('unauthorized', 'The token is not valid. Sign in again.', { cause });

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
