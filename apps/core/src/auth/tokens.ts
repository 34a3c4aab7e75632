/**
 * Signs and reads the two kinds of bearer tokens: an account's access token (15 minutes) and a guest's (30 days). Both
 * name a session, whose revocation is the caller's to check. Knows no database.
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { ChatError } from '@parley/protocol';
import { errors, jwtVerify, SignJWT } from 'jose';

export const ACCESS_TOKEN_SECONDS = 15 * 60;
export const GUEST_TOKEN_SECONDS = 30 * 86_400;
const ISSUER = 'parley';
const MAX_TOKEN_CHARACTERS = 4096;

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

  constructor(secret: Uint8Array, now: () => number = Date.now) {
    // As an object, because bytes would be imported anew for each token.
    this.#secret = createSecretKey(secret);
    this.#now = now;
  }

  /** A token of the kind's full lifetime. */
  sign(claims: TokenClaims): Promise<string> {
    const seconds = Math.floor(this.#now() / 1000);
    const lifetime = claims.kind === 'access' ? ACCESS_TOKEN_SECONDS : GUEST_TOKEN_SECONDS;
    return new SignJWT({ sid: claims.sessionId })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(ISSUER)
      .setAudience(claims.kind)
      .setSubject(claims.userId)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + lifetime)
      .sign(this.#secret);
  }

  /** Throws `unauthorized` for a token that is forged, expired, unsigned or made for something else. */
  async read(token: string): Promise<TokenClaims> {
    if (token.length > MAX_TOKEN_CHARACTERS) throw invalidToken();
    try {
      const { payload } = await jwtVerify(token, this.#secret, {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: ['access', 'guest'],
        requiredClaims: ['sub', 'sid', 'exp'],
        currentDate: new Date(this.#now()),
      });
      const { aud, sub, sid } = payload;
      if ((aud !== 'access' && aud !== 'guest') || sub === undefined || typeof sid !== 'string') throw invalidToken();
      return { kind: aud, userId: sub, sessionId: sid };
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
  new ChatError('unauthorized', 'The token is not valid. Sign in again.', cause === undefined ? {} : { cause });
