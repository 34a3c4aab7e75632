/**
 * Who is who: accounts, guests, their tokens and sessions, and the nicks they hold. Knows neither sockets nor HTTP;
 * what it refuses is a ChatError.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  type AccountTokens,
  ChatError,
  foldName,
  type Hello,
  type RestoredTerminalSession,
  type You,
} from '@parley/protocol';
import type { Logger } from '@parley/service';
import type { AuthSession, Store } from '@parley/store';
import { NICK_LEASE_MS, NickLeases, type NickLostListener, nickTaken } from './nick-leases.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { Revocations } from './revocations.ts';
import { ACCESS_TOKEN_SECONDS, GUEST_TOKEN_SECONDS, invalidToken, Tokens } from './tokens.ts';

/** Who a request or a connection speaks for. */
export interface Principal extends You {
  readonly sessionId: string;
}

export interface AccountsOptions {
  readonly store: Store;
  /** Signs tokens; see `tokenSecret`. */
  readonly secret: Uint8Array;
  /** Shared with whoever else has passwords to check, so that together they stay within its bounds. */
  readonly hasher: Pick<PasswordHasher, 'hash' | 'verify'>;
  readonly log: Logger;
  readonly now?: (() => number) | undefined;
  /** How long a refresh token that was replaced still works, for whoever did not get the answer. Default: a minute. */
  readonly refreshGraceMs?: number | undefined;
  /** Whether another replica has, or may have, a connection of the user. Undefined where there are no others. */
  readonly isHeldElsewhere?: ((userId: string) => boolean) | undefined;
}

/** What a browser tab gets: a guest has a token alone. */
type TabTokens = Pick<RestoredTerminalSession, 'you' | 'token' | 'expiresInSeconds' | 'refreshToken'>;

/** Tokens that nobody has yet, and the session that they name. */
interface SignedIn<Issued> {
  readonly tokens: Issued;
  readonly sessionId: string;
}

export const DAY_MS = 86_400_000;
/** A sign-in lasts this long, however often it is refreshed. */
export const SESSION_MS = 30 * DAY_MS;
const REFRESH_GRACE_MS = 60_000;

export class Accounts {
  readonly #store: Store;
  readonly #hasher: AccountsOptions['hasher'];
  readonly #tokens: Tokens;
  readonly #leases: NickLeases;
  readonly #revocations: Revocations;
  readonly #now: () => number;
  readonly #refreshGraceMs: number;

  constructor(options: AccountsOptions) {
    const { store, log } = options;
    this.#store = store;
    this.#hasher = options.hasher;
    this.#now = options.now ?? Date.now;
    this.#refreshGraceMs = options.refreshGraceMs ?? REFRESH_GRACE_MS;
    this.#tokens = new Tokens(options.secret, this.#now);
    this.#leases = new NickLeases({ nicks: store.nicks, log, isHeldElsewhere: options.isHeldElsewhere });
    this.#revocations = new Revocations({ sessions: store.sessions, log, now: this.#now });
  }

  /** Makes an account and signs it in. `source` is the address that asks. Throws `nick_taken`. */
  async register(credentials: { nick: string; password: string }, source: string): Promise<AccountTokens> {
    const { nick, password } = credentials;
    // Asked first because a hash costs more than a lookup; the insert below decides.
    if ((await this.#store.nicks.holder(foldName(nick))) !== undefined) throw nickTaken(nick);
    const passwordHash = await this.#hasher.hash(password, source);
    const created = await this.#store.users.createAccount({ nick, key: foldName(nick), passwordHash });
    if (created === 'taken') throw nickTaken(nick);
    return (await this.#signIn(created)).tokens;
  }

  /** Throws `unauthorized`, in the same words and time for an unknown nick as for a wrong password. */
  async login(credentials: { nick: string; password: string }, source: string): Promise<AccountTokens> {
    const account = await this.#store.users.findAccount(foldName(credentials.nick));
    const fits = await this.#hasher.verify(account?.passwordHash, credentials.password, source);
    if (account === undefined || !fits) throw wrongCredentials();
    const made = await this.#signIn({ id: account.id, nick: account.nick, guest: false });
    return this.#handOutIfStillValid(made, wrongCredentials, async () => {
      const current = await this.#store.users.findAccount(foldName(credentials.nick));
      return current?.passwordHash === account.passwordHash;
    });
  }

  /** The next pair of tokens. Using a refresh token that was replaced over a minute ago ends the session. */
  async refresh(refreshToken: string): Promise<AccountTokens> {
    const next = newRefreshToken();
    const outcome = await this.#store.sessions.rotate({
      refreshHash: hashRefreshToken(refreshToken),
      nextHash: hashRefreshToken(next),
      graceMs: this.#refreshGraceMs,
      now: new Date(this.#now()),
    });
    if (typeof outcome === 'string') {
      // A reuse has just revoked the session: everyone here should know now.
      if (outcome === 'revoked') await this.#revocations.poll();
      throw sessionEnded();
    }
    const user = await this.#store.users.get(outcome.userId);
    if (user === undefined) throw invalidToken();
    return this.#accountTokens(user, outcome.id, next);
  }

  /** Ends the session on every replica, and what its user's browser tabs would come back to. */
  async logout(session: { sessionId: string; userId: string }): Promise<void> {
    await this.#store.sessions.signOut(session.sessionId);
    this.#revocations.announce(session.sessionId);
    // What was kept while that was being committed: whoever came later has seen the end, and takes it back.
    await this.#store.terminals.removeUser(session.userId);
  }

  /** The same, by refresh token, for a client whose access token has run out. A token that is no longer good is no error. */
  async logoutByRefreshToken(refreshToken: string): Promise<void> {
    const outcome = await this.#store.sessions.rotate({
      refreshHash: hashRefreshToken(refreshToken),
      nextHash: hashRefreshToken(newRefreshToken()),
      graceMs: this.#refreshGraceMs,
      now: new Date(this.#now()),
    });
    if (typeof outcome === 'string') await this.#revocations.poll();
    else await this.logout({ sessionId: outcome.id, userId: outcome.userId });
  }

  /**
   * Throws `unauthorized` when the current password is wrong. Ends the account's other sessions. Browser tabs get their
   * tokens by user: those that are still signed in save themselves again.
   */
  async changePassword(principal: Principal, passwords: { current: string; next: string }): Promise<void> {
    if (principal.guest) throw new ChatError('forbidden', 'A guest has no password.');
    const account = await this.#store.users.findAccount(foldName(principal.nick));
    const fits = await this.#hasher.verify(account?.passwordHash, passwords.current, principal.id);
    if (account === undefined || !fits) throw wrongPassword();
    const ended = await this.#store.users.changePassword(account.id, {
      from: account.passwordHash,
      to: await this.#hasher.hash(passwords.next, principal.id),
      exceptSessionId: principal.sessionId,
    });
    // Another change was faster.
    if (ended === undefined) throw wrongPassword();
    for (const id of ended) this.#revocations.announce(id);
    // What came to be while that was being committed: whoever came later has seen the change, and looks for it at the end.
    await this.#store.terminals.removeUser(account.id);
    for (const id of await this.#store.sessions.revokeUser(account.id, principal.sessionId)) {
      this.#revocations.announce(id);
    }
  }

  /** A new guest under the nick, which stays theirs for a few seconds until they connect. Throws `nick_taken`. */
  async guest(nick: string): Promise<{ you: You; token: string; principal: Principal }> {
    const expiresAt = new Date(this.#now() + GUEST_TOKEN_SECONDS * 1000);
    const made = await this.#store.users.createGuest({ nick, key: foldName(nick), ttlMs: NICK_LEASE_MS, expiresAt });
    if (made === 'taken') throw nickTaken(nick);
    const { user, sessionId } = made;
    const you = youOf(user);
    const token = this.#tokens.sign({ kind: 'guest', userId: you.id, sessionId });
    return { you, token, principal: { ...you, sessionId } };
  }

  /** The principal of a bearer token, asked from the database, so that a revoked one ends here. Throws `unauthorized`. */
  async authenticate(token: string): Promise<Principal> {
    const claims = await this.#tokens.read(token);
    const session = await this.#store.sessions.get(claims.sessionId);
    if (session === undefined || !this.#isGood(session, claims.userId)) throw sessionEnded();
    if (session.user.guest !== (claims.kind === 'guest')) throw invalidToken();
    return { ...youOf(session.user), sessionId: claims.sessionId };
  }

  /** Whether the session is still good, asked from the database. */
  async isLive({ id, sessionId }: Pick<Principal, 'id' | 'sessionId'>): Promise<boolean> {
    const session = await this.#store.sessions.get(sessionId);
    return session !== undefined && this.#isGood(session, id);
  }

  /**
   * The hello rules: a token, or a nick for a new guest, or a guest's token with a new nick. Takes the nick for the
   * connection to come; `token` is what a guest comes back with. Throws `unauthorized`, `nick_taken`, `bad_request`.
   */
  async enter(hello: Pick<Hello, 'token' | 'nick'>): Promise<{ principal: Principal; token?: string }> {
    const { token, nick } = hello;
    if (token === undefined) {
      if (nick === undefined) throw new ChatError('bad_request', 'hello takes a token or a nick.');
      const newcomer = await this.guest(nick);
      this.#leases.expect(newcomer.you.id, nick);
      return { principal: newcomer.principal, token: newcomer.token };
    }
    const principal = await this.authenticate(token);
    if (!principal.guest && nick !== undefined) {
      throw new ChatError('bad_request', "An account's token comes without a nick.");
    }
    const entered = principal.guest ? await this.#enterAsGuest(principal, nick) : principal;
    // Revoked while the nick was being taken: whoever closes revoked connections does not know this one yet.
    if (this.isRevoked(principal.sessionId)) throw sessionEnded();
    return principal.guest ? { principal: entered, token } : { principal: entered };
  }

  /** Once for each connection after `enter`: keeps a guest's nick theirs. */
  holdNick(principal: Principal): void {
    if (principal.guest) this.#leases.hold(principal.id, principal.nick);
  }

  /** Once for each connection at its end: the last one frees a guest's nick. */
  releaseNick(principal: Principal): void {
    if (principal.guest) this.#leases.release(principal.id);
  }

  /** Another replica has a connection of the user, under this nick. */
  heldElsewhere({ id, nick }: You): void {
    this.#leases.heldElsewhere(id, nick);
  }

  /** Another replica's last connection of the user has ended. */
  releasedElsewhere(userId: string): void {
    this.#leases.releasedElsewhere(userId);
  }

  /**
   * A guest acts without a connection: throws `nick_taken` while another is connected under the nick, and when the guest has
   * taken another one since they were asked for.
   */
  async borrowNick(principal: Principal): Promise<void> {
    if (principal.guest) await this.#leases.borrow(principal.id, principal.nick);
  }

  /**
   * New tokens for a user whose browser tab has proved itself. Throws what `refusal` makes when it does so no longer, once
   * they are made.
   */
  async tokensFor(user: You, isProved: () => Promise<boolean>, refusal: () => ChatError): Promise<TabTokens> {
    if (user.guest) {
      const { token, sessionId } = await this.#guestToken(user.id);
      return this.#handOutIfStillValid({ tokens: { you: youOf(user), token }, sessionId }, refusal, isProved);
    }
    const { accessToken: token, ...rest } = await this.#handOutIfStillValid(
      await this.#signIn(user),
      refusal,
      isProved,
    );
    return { ...rest, token };
  }

  /** Calls back with each session that is revoked, on whichever replica, within two seconds. */
  onRevoked(listener: (sessionId: string) => void): () => void {
    return this.#revocations.on(listener);
  }

  /**
   * Whether the session was revoked in the last minutes. Ask it after `onRevoked`: between the check of a token and the
   * start of listening there is time for a revocation.
   */
  isRevoked(sessionId: string): boolean {
    return this.#revocations.has(sessionId);
  }

  /**
   * Calls back with a user and a nick that is no longer theirs: another took it during a long outage, or they have come
   * back under a new one. Connections of that user under that nick speak in a name that is free to others.
   */
  onNickLost(listener: NickLostListener): () => void {
    return this.#leases.onLost(listener);
  }

  async close(): Promise<void> {
    await Promise.all([this.#revocations.close(), this.#leases.close()]);
  }

  async #enterAsGuest(principal: Principal, nick = principal.nick): Promise<Principal> {
    await this.#leases.enter(principal.id, nick);
    return { ...principal, nick };
  }

  #isGood({ userId, revokedAt, expiresAt }: AuthSession, ownerId: string): boolean {
    return userId === ownerId && revokedAt === undefined && expiresAt.getTime() > this.#now();
  }

  async #signIn(user: You): Promise<SignedIn<AccountTokens>> {
    const refreshToken = newRefreshToken();
    const session = await this.#store.sessions.create({
      userId: user.id,
      expiresAt: new Date(this.#now() + SESSION_MS),
      refreshHash: hashRefreshToken(refreshToken),
    });
    return { tokens: this.#accountTokens(user, session.id, refreshToken), sessionId: session.id };
  }

  /**
   * Hands out tokens if what they were made for still holds, now that their session can be seen: whoever ended a user's
   * sessions before did not see it.
   */
  async #handOutIfStillValid<Issued>(
    { tokens, sessionId }: SignedIn<Issued>,
    refusal: () => ChatError,
    isGood: () => Promise<boolean>,
  ): Promise<Issued> {
    if (await isGood()) return tokens;
    await this.#store.sessions.revoke(sessionId);
    throw refusal();
  }

  #accountTokens(user: You, sessionId: string, refreshToken: string): AccountTokens {
    const accessToken = this.#tokens.sign({ kind: 'access', userId: user.id, sessionId });
    return { you: youOf(user), accessToken, expiresInSeconds: ACCESS_TOKEN_SECONDS, refreshToken };
  }

  async #guestToken(userId: string): Promise<{ token: string; sessionId: string }> {
    const expiresAt = new Date(this.#now() + GUEST_TOKEN_SECONDS * 1000);
    const { id: sessionId } = await this.#store.sessions.create({ userId, expiresAt });
    return { token: this.#tokens.sign({ kind: 'guest', userId, sessionId }), sessionId };
  }
}

export const sessionEnded = (): ChatError => new ChatError('unauthorized', 'This sign-in has ended. Sign in again.');

/** The same for an unknown nick. */
const wrongCredentials = (): ChatError => new ChatError('unauthorized', 'Nick or password is wrong.');
const wrongPassword = (): ChatError => new ChatError('unauthorized', 'The current password is wrong.');
/** As others know them. */
export const youOf = ({ id, nick, guest }: You): You => ({ id, nick, guest });
const newRefreshToken = (): string => randomBytes(32).toString('base64url');
/** Plain SHA-256 will do: the token has 256 random bits, so there is nothing to guess. */
const hashRefreshToken = (token: string): string => createHash('sha256').update(token).digest('hex');
