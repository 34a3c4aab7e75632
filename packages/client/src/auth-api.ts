/** Accounts over HTTP: registering, signing in, guests' tokens, refreshing, passwords, signing out. Keeps no tokens. */
import { type AccountTokens, ChatError, type ErrorCode, isErrorCode, type You } from '@parley/protocol';
import { callHttp, type HttpAnswer } from './http-call.ts';

export interface GuestToken {
  you: You;
  token: string;
}

const TIMEOUT_MS = 15_000;

export class AuthApi {
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;

  /** `baseUrl` is the server's `http(s)://…`, with or without a path in front of `/api`. */
  constructor(baseUrl: string, options: { headers?: Readonly<Record<string, string>> } = {}) {
    this.#base = new URL(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
    this.#headers = options.headers ?? {};
  }

  register(nick: string, password: string): Promise<AccountTokens> {
    return this.#post('register', { nick, password });
  }

  login(nick: string, password: string): Promise<AccountTokens> {
    return this.#post('login', { nick, password });
  }

  guest(nick: string): Promise<GuestToken> {
    return this.#post('guest', { nick });
  }

  /** A refresh token works once: the answer holds the next one. */
  refresh(refreshToken: string): Promise<AccountTokens> {
    return this.#post('refresh', { refreshToken });
  }

  /**
   * Revokes the session that the token belongs to; its sockets are closed with 4401. A refresh token does it also when
   * the access token has run out.
   */
  async logout(token: string, refreshToken?: string): Promise<void> {
    await this.#post('logout', refreshToken === undefined ? {} : { refreshToken }, token);
  }

  /** Ends the account's other sessions. */
  async changePassword(token: string, password: string, newPassword: string): Promise<void> {
    await this.#post('password', { password, newPassword }, token);
  }

  /** Rejects with a ChatError: the server's own, or `unavailable` when nothing sensible answers. */
  async #post<Body>(path: string, body: object, token?: string): Promise<Body> {
    let answer: HttpAnswer;
    try {
      answer = await callHttp(new URL(`api/auth/${path}`, this.#base), {
        method: 'POST',
        // A name would be taken the second time, and a refresh token used.
        idempotent: false,
        headers: {
          ...this.#headers,
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(body),
        timeoutMs: TIMEOUT_MS,
      });
    } catch (cause) {
      throw new ChatError('unavailable', 'The server cannot be reached.', { cause });
    }
    const { status, text } = answer;
    const value = parse(text);
    if (status >= 200 && status < 300) return value as Body;
    throw readError(value, status) ?? new ChatError('unavailable', `The server answered with HTTP ${status}.`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page, or an empty answer: the status says what there is to say.
    return undefined;
  }
}

function readError(value: unknown, status: number): ChatError | undefined {
  const { error } = (value ?? {}) as { error?: { code?: unknown; message?: unknown; retryAfterMs?: unknown } };
  if (typeof error?.code !== 'string' || typeof error.message !== 'string') return undefined;
  const retryAfterMs = typeof error.retryAfterMs === 'number' ? error.retryAfterMs : undefined;
  const code = isErrorCode(error.code) ? error.code : nearestCode(status, retryAfterMs);
  return new ChatError(code, error.message, { retryAfterMs });
}

/** For a code of a later version: whether trying again may help is all that can be said. */
const nearestCode = (status: number, retryAfterMs: number | undefined): ErrorCode =>
  status === 429 || status >= 500 || retryAfterMs !== undefined ? 'unavailable' : 'bad_request';
