/**
 * Who this client is to the server over time: enters as a guest or with an account, and has a fresh access token when one
 * runs out. Keeps tokens in memory only.
 */
import { AuthApi, type Credentials } from '@parley/client';
import { type AccountTokens, ChatError, type ErrorCode } from '@parley/protocol';
import type { Entrance } from '../state/effects.ts';
import type { FoundSession } from './saved-places.ts';
import { unreachable } from '../state/unreachable.ts';

/** Why a password was not changed, in the client's words. */
const REFUSALS: Partial<Record<ErrorCode, string>> = {
  bad_request: 'The server does not take that for a password. It stays as it was.',
  unauthorized: 'That is not your password. It stays as it was.',
  rate_limited: 'Too many tries. Wait a minute; your password stays as it was.',
};

export class IdentityKeeper {
  readonly #auth: AuthApi;
  #tokens: { accessToken: string; refreshToken: string; expiresAt: number } | undefined;
  #refreshing: Promise<string> | undefined;
  #account: string | undefined;

  constructor(server: string, headers: Readonly<Record<string, string>>) {
    this.#auth = new AuthApi(server, { headers });
  }

  /** The id of the account that was signed in or came back; undefined for guests. */
  get account(): string | undefined {
    return this.#account;
  }

  /** Credentials for an entrance. Accounts are signed in over HTTP first; rejects with a ChatError. */
  async enter(entrance: Entrance): Promise<Credentials> {
    this.#tokens = undefined;
    this.#account = undefined;
    const { nick, password } = entrance;
    switch (entrance.as) {
      case 'guest':
        return { nick };
      case 'sign-in':
        return this.#withTokens(await this.#auth.login(nick, password));
      case 'register':
        return this.#withTokens(await this.#auth.register(nick, password));
      default:
        return unreachable(entrance.as);
    }
  }

  /** Credentials for a session that was found. */
  comeBack(session: FoundSession): Credentials {
    this.#tokens = undefined;
    const { token: accessToken, refreshToken, you } = session;
    this.#account = you.guest ? undefined : you.id;
    if (refreshToken === undefined) return { token: accessToken };
    // When it runs out is not said: it counts as run out, and the first use asks for another.
    this.#tokens = { accessToken, refreshToken, expiresAt: 0 };
    return { token: accessToken, renew: () => this.#refresh() };
  }

  /** An account's access token as it is, run out or not. */
  get heldToken(): string | undefined {
    return this.#tokens?.accessToken;
  }

  /**
   * Revokes who one is: an account by its refresh token, a guest by theirs. Rejects with a ChatError, and can be tried again
   * then.
   */
  async signOut(guestToken: string | undefined): Promise<void> {
    // One that is under way would bring a session back to life.
    await this.#refreshing?.catch(() => undefined);
    const token = guestToken ?? this.#tokens?.accessToken;
    if (token !== undefined) await this.#auth.logout(token, this.#tokens?.refreshToken);
    this.#tokens = undefined;
  }

  /** Changes the account's password, which ends its other sessions. Rejects with a ChatError. */
  async changePassword(password: string, newPassword: string): Promise<void> {
    const token = await this.accessToken();
    if (token === undefined) throw new ChatError('forbidden', 'A guest has no password.');
    try {
      await this.#auth.changePassword(token, password, newPassword);
    } catch (error) {
      const words = error instanceof ChatError ? REFUSALS[error.code] : undefined;
      throw words === undefined ? error : new ChatError('bad_request', words, { cause: error });
    }
  }

  /** An access token that is still good for a while, or undefined for guests. */
  async accessToken(): Promise<string | undefined> {
    if (this.#tokens === undefined) return undefined;
    return this.#tokens.expiresAt - Date.now() > 30_000 ? this.#tokens.accessToken : this.#refresh();
  }

  #withTokens(tokens: AccountTokens): Credentials {
    this.#keep(tokens);
    this.#account = tokens.you.id;
    return { token: tokens.accessToken, renew: () => this.#refresh() };
  }

  #keep(tokens: AccountTokens): void {
    const { accessToken, refreshToken, expiresInSeconds } = tokens;
    this.#tokens = { accessToken, refreshToken, expiresAt: Date.now() + expiresInSeconds * 1000 };
  }

  /** A refresh token works once, so that two callers at the same time share one refresh. */
  #refresh(): Promise<string> {
    this.#refreshing ??= (async () => {
      try {
        const tokens = await this.#auth.refresh(this.#tokens?.refreshToken ?? '');
        this.#keep(tokens);
        return tokens.accessToken;
      } finally {
        this.#refreshing = undefined;
      }
    })();
    return this.#refreshing;
  }
}
