/** What a browser tab comes back to: its user, room, scroll position and draft, under a key that only the tab can make. */
import { eq, sql } from 'drizzle-orm';
import { type Database, toRowId } from './database.ts';
import { terminalSessions } from './schema.ts';

export interface TerminalSession {
  userId: string;
  room?: string | undefined;
  /** Whatever the client wants to find again, as JSON. */
  scroll?: unknown;
  draft?: string | undefined;
}

export class TerminalSessions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async get(key: string): Promise<TerminalSession | undefined> {
    const rows = await this.#database.run((query) =>
      query.select().from(terminalSessions).where(eq(terminalSessions.key, key)),
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    return {
      userId: String(row.userId),
      ...(row.room === null ? {} : { room: row.room }),
      ...(row.scroll === null ? {} : { scroll: row.scroll }),
      ...(row.draft === null ? {} : { draft: row.draft }),
    };
  }

  /** Replaces what is kept under the key. */
  async put(key: string, session: TerminalSession): Promise<void> {
    const values = {
      userId: Number(session.userId),
      room: session.room ?? null,
      scroll: session.scroll ?? null,
      draft: session.draft ?? null,
      updatedAt: sql`now()`,
    };
    await this.#database.run((query) =>
      query
        .insert(terminalSessions)
        .values({ key, ...values })
        .onConflictDoUpdate({ target: terminalSessions.key, set: values }),
    );
  }

  async remove(key: string): Promise<void> {
    await this.#database.run((query) => query.delete(terminalSessions).where(eq(terminalSessions.key, key)));
  }

  /** Removes all that is kept for a user: they signed out. */
  async removeUser(userId: string): Promise<void> {
    const id = toRowId(userId);
    if (id === undefined) return;
    await this.#database.run((query) => query.delete(terminalSessions).where(eq(terminalSessions.userId, id)));
  }

  async prune(olderThan: Date): Promise<void> {
    await this.#database.deleteGradually('terminal_sessions', 'updated_at < $1', [olderThan]);
  }
}
