/**
 * Sign-ins and their rotating refresh tokens, which are known here by hash alone.
 *
 * A refresh token is   current ──rotate──▶ replaced ──graceMs──▶ spent
 *                                             │ rotate again: fine, an answer was lost
 * A spent token that comes back was stolen, or its thief has rotated it: the session is revoked.
 */
import { and, eq, gt, isNull, ne, sql } from 'drizzle-orm';
import { type Database, toRowId } from './database.ts';
import { authSessions, refreshTokens } from './schema.ts';

export interface AuthSession {
  id: string;
  userId: string;
  expiresAt: Date;
  revokedAt: Date | undefined;
}

export type Rotation = { session: AuthSession; reused: boolean } | 'unknown' | 'expired' | 'revoked';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Replicas' clocks differ from the database's, and a revocation shows when it commits, not when it was dated. */
const REVOKED_OVERLAP_MS = 10_000;

const columns = {
  id: authSessions.id,
  userId: authSessions.userId,
  expiresAt: authSessions.expiresAt,
  revokedAt: authSessions.revokedAt,
};
const toSession = (row: { id: string; userId: number; expiresAt: Date; revokedAt: Date | null }): AuthSession => ({
  ...row,
  userId: String(row.userId),
  revokedAt: row.revokedAt ?? undefined,
});

export class AuthSessions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  create(session: { userId: string; expiresAt: Date; refreshHash?: string | undefined }): Promise<{ id: string }> {
    return this.#database.transaction(async ({ query }) => {
      const [row] = await query
        .insert(authSessions)
        .values({ userId: Number(session.userId), expiresAt: session.expiresAt })
        .returning({ id: authSessions.id });
      if (row === undefined) throw new Error('An insert returned no row.');
      if (session.refreshHash !== undefined) {
        await query.insert(refreshTokens).values({ hash: session.refreshHash, sessionId: row.id });
      }
      return row;
    });
  }

  async get(id: string): Promise<AuthSession | undefined> {
    if (!UUID.test(id)) return undefined;
    const rows = await this.#database.run((query) =>
      query.select(columns).from(authSessions).where(eq(authSessions.id, id)),
    );
    return rows.map(toSession)[0];
  }

  /**
   * Replaces a refresh token by the next. `reused` tells that it had been replaced before, within the grace; `now` is
   * for tests. A spent token revokes its session and answers 'revoked'.
   */
  rotate(request: { refreshHash: string; nextHash: string; graceMs: number; now?: Date }): Promise<Rotation> {
    const now = request.now ?? new Date();
    return this.#database.transaction<Rotation>(async ({ query }) => {
      const found = await query
        .select({ ...columns, replacedAt: refreshTokens.replacedAt })
        .from(refreshTokens)
        .innerJoin(authSessions, eq(authSessions.id, refreshTokens.sessionId))
        .where(eq(refreshTokens.hash, request.refreshHash))
        .for('update');
      const row = found[0];
      if (row === undefined) return 'unknown';
      const { replacedAt, ...columnsOfSession } = row;
      const session = toSession(columnsOfSession);
      if (session.revokedAt !== undefined) return 'revoked';
      if (session.expiresAt <= now) return 'expired';
      if (replacedAt !== null && now.getTime() - replacedAt.getTime() > request.graceMs) {
        await query
          .update(authSessions)
          .set({ revokedAt: sql`now()` })
          .where(eq(authSessions.id, session.id));
        return 'revoked';
      }
      if (replacedAt === null) {
        await query.update(refreshTokens).set({ replacedAt: now }).where(eq(refreshTokens.hash, request.refreshHash));
      }
      await query.insert(refreshTokens).values({ hash: request.nextHash, sessionId: session.id });
      return { session, reused: replacedAt !== null };
    });
  }

  async revoke(id: string): Promise<void> {
    if (!UUID.test(id)) return;
    await this.#database.sql('update auth_sessions set revoked_at = now() where id = $1 and revoked_at is null', [id]);
  }

  /** Revokes all of a user's sessions, `exceptId` apart; returns their ids. */
  async revokeUser(userId: string, exceptId?: string): Promise<string[]> {
    const rowId = toRowId(userId);
    if (rowId === undefined) return [];
    const rows = await this.#database.run((query) =>
      query
        .update(authSessions)
        .set({ revokedAt: sql`now()` })
        .where(
          and(
            eq(authSessions.userId, rowId),
            isNull(authSessions.revokedAt),
            exceptId === undefined ? undefined : ne(authSessions.id, exceptId),
          ),
        )
        .returning({ id: authSessions.id }),
    );
    return rows.map((row) => row.id);
  }

  /** Sessions revoked since then, and some from up to 10 s before: an id may come again, none is left out. */
  async revokedSince(since: Date): Promise<string[]> {
    const from = new Date(since.getTime() - REVOKED_OVERLAP_MS);
    const rows = await this.#database.run((query) =>
      query.select({ id: authSessions.id }).from(authSessions).where(gt(authSessions.revokedAt, from)),
    );
    return rows.map((row) => row.id);
  }

  /** Forgets sessions that ended before then. */
  async prune(olderThan: Date): Promise<void> {
    await this.#database.deleteGradually('auth_sessions', 'expires_at < $1', [olderThan]);
  }
}
