/**
 * Sign-ins and their rotating refresh tokens, which are known here by hash alone.
 *
 * A refresh token is   current ──rotate──▶ replaced ──graceMs──▶ spent
 *                                             │ rotate again: fine, an answer was lost
 * A spent token that comes back was stolen, or its thief has rotated it: the session is revoked.
 */
import { randomUUID } from 'node:crypto';
import { type Database, isUuid, toRowId } from './database.ts';
import { Batcher } from './batcher.ts';
import { removeOfUser } from './terminal-sessions.ts';
import type { User } from './users.ts';

export interface AuthSession {
  id: string;
  userId: string;
  expiresAt: Date;
  revokedAt: Date | undefined;
}

/** A session with who signed in. */
export interface SessionWithUser extends AuthSession {
  user: User;
}

export interface NewSession {
  userId: string;
  expiresAt: Date;
  /** Of the first refresh token, where there is one. */
  refreshHash?: string | undefined;
}

export type Rotation = AuthSession | 'unknown' | 'expired' | 'revoked';

/** Replicas' clocks differ from the database's, and a revocation shows when it commits, not when it was dated. */
const REVOKED_OVERLAP_MS = 10_000;
/** Fewer than elsewhere: each takes all of its refresh tokens with it, of which a month's use leaves a thousand or more. */
const PRUNE_STEP = 50;

interface SessionColumns {
  id: string;
  user_id: number;
  expires_at: Date;
  revoked_at: Date | null;
}

const toSession = (row: SessionColumns): AuthSession => ({
  id: row.id,
  userId: String(row.user_id),
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at ?? undefined,
});

function toSessionWithUser(row: SessionColumns & { nick: string; guest: boolean }): SessionWithUser {
  const session = toSession(row);
  return { ...session, user: { id: session.userId, nick: row.nick, guest: row.guest } };
}

const CREATE = `
  with asked as (
    select * from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[])
      as asked(id, user_id, expires_at, refresh_hash)
  ), made as (
    insert into auth_sessions (id, user_id, expires_at) select id, user_id, expires_at from asked
  )
  insert into refresh_tokens (hash, session_id)
  select refresh_hash, id from asked where refresh_hash is not null`;

// The session first, like a change of password: of two that wait for each other one would fail. A session that has ended
// before stays as it is, and what its user has kept goes all the same.
const SIGN_OUT = `
  with ended as (
    update auth_sessions set revoked_at = coalesce(revoked_at, now()) where id = $1 returning user_id
  ) ${removeOfUser('(select user_id from ended)')}`;

export class AuthSessions {
  readonly #database: Database;
  readonly #creations: Batcher<NewSession, { id: string }>;
  readonly #reads: Batcher<string, SessionWithUser | undefined>;

  constructor(database: Database) {
    this.#database = database;
    this.#creations = new Batcher({ run: (sessions) => this.#createAll(sessions) });
    this.#reads = new Batcher({ run: (ids) => this.#getAll(ids) });
  }

  create(session: NewSession): Promise<{ id: string }> {
    return this.#creations.ask(session);
  }

  async get(id: string): Promise<SessionWithUser | undefined> {
    return isUuid(id) ? this.#reads.ask(id.toLowerCase()) : undefined;
  }

  /**
   * Replaces a refresh token by the next; one that had been replaced before is taken within the grace, by the database's
   * clock: several cores ask. Whether the session has expired is told by `now`, the caller's clock. A spent token revokes its
   * session and answers 'revoked'.
   */
  rotate(request: { refreshHash: string; nextHash: string; graceMs: number; now?: Date }): Promise<Rotation> {
    const now = request.now ?? new Date();
    return this.#database.transaction<Rotation>(async (transaction) => {
      const [row] = await transaction.sql<SessionColumns & { replaced_ms: number | null }>(
        `select auth_sessions.id, user_id, expires_at, revoked_at,
           extract(epoch from now() - replaced_at)::float8 * 1000 as replaced_ms
         from refresh_tokens join auth_sessions on auth_sessions.id = session_id where hash = $1 for update`,
        [request.refreshHash],
      );
      if (row === undefined) return 'unknown';
      const replacedMs = row.replaced_ms;
      const session = toSession(row);
      if (session.revokedAt !== undefined) return 'revoked';
      if (session.expiresAt <= now) return 'expired';
      if (replacedMs !== null && replacedMs > request.graceMs) {
        await transaction.sql('update auth_sessions set revoked_at = now() where id = $1', [session.id]);
        return 'revoked';
      }
      if (replacedMs === null) {
        await transaction.sql('update refresh_tokens set replaced_at = now() where hash = $1', [request.refreshHash]);
      }
      await transaction.sql('insert into refresh_tokens (hash, session_id) values ($1, $2)', [
        request.nextHash,
        session.id,
      ]);
      return session;
    });
  }

  async revoke(id: string): Promise<void> {
    if (!isUuid(id)) return;
    await this.#database.sql('update auth_sessions set revoked_at = now() where id = $1 and revoked_at is null', [id]);
  }

  /** Revokes the session and removes what its user's browser tabs would come back to: both, or nothing. */
  async signOut(id: string): Promise<void> {
    await this.#database.sql(SIGN_OUT, [id]);
  }

  /** Revokes all of a user's sessions, `exceptId` apart; returns their ids. */
  async revokeUser(userId: string, exceptId?: string): Promise<string[]> {
    const rowId = toRowId(userId);
    if (rowId === undefined) return [];
    const rows = await this.#database.sql<{ id: string }>(
      `update auth_sessions set revoked_at = now()
       where user_id = $1 and revoked_at is null and id is distinct from $2 returning id`,
      [rowId, exceptId],
    );
    return rows.map((row) => row.id);
  }

  /**
   * Sessions revoked in the last `ms` by the database's own clock, which has stamped them, and some from up to 10 s before: an
   * id may come again, none is left out.
   */
  async revokedWithin(ms: number): Promise<string[]> {
    const rows = await this.#database.sql<{ id: string }>(
      `select id from auth_sessions where revoked_at > now() - $1::float8 * interval '1 millisecond'`,
      [ms + REVOKED_OVERLAP_MS],
    );
    return rows.map((row) => row.id);
  }

  /** Forgets sessions that ended before then. */
  async prune(olderThan: Date): Promise<void> {
    await this.#database.deleteGradually('auth_sessions', 'expires_at < $1', [olderThan], PRUNE_STEP);
  }

  async #createAll(sessions: readonly NewSession[]): Promise<{ id: string }[]> {
    const made = sessions.map(() => ({ id: randomUUID() }));
    await this.#database.sql(CREATE, [
      made.map(({ id }) => id),
      sessions.map(({ userId }) => userId),
      sessions.map(({ expiresAt }) => expiresAt),
      sessions.map(({ refreshHash }) => refreshHash ?? null),
    ]);
    return made;
  }

  async #getAll(ids: readonly string[]): Promise<(SessionWithUser | undefined)[]> {
    const rows = await this.#database.sql<SessionColumns & { nick: string; guest: boolean }>(
      `select auth_sessions.id, user_id, expires_at, revoked_at, nick, guest
       from auth_sessions join users on users.id = user_id where auth_sessions.id = any ($1::uuid[])`,
      [ids],
    );
    const found = new Map(rows.map((row) => [row.id, toSessionWithUser(row)]));
    return ids.map((id) => found.get(id));
  }
}
