/** Connects and disconnects, kept apart from the rooms' logs and forgotten after a while. */
import type { Database } from './database.ts';

export interface Activity {
  at: Date;
  userId: string;
  nick: string;
  kind: 'connected' | 'disconnected';
}

export class ActivityLog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async record(rows: readonly Activity[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#database.sql(
      `insert into activity (at, user_id, nick, kind)
       select * from unnest($1::timestamptz[], $2::bigint[], $3::text[], $4::text[])`,
      [
        rows.map(({ at }) => at),
        rows.map(({ userId }) => userId),
        rows.map(({ nick }) => nick),
        rows.map(({ kind }) => kind),
      ],
    );
  }

  /** The newest `limit` from `from` to before `to`, ascending. */
  async between(span: { from: Date; to: Date; limit: number }): Promise<Activity[]> {
    const rows = await this.#database.sql<{ at: Date; user_id: number; nick: string; kind: Activity['kind'] }>(
      `select at, user_id, nick, kind from activity where at >= $1 and at < $2 order by at desc, id desc limit $3`,
      [span.from, span.to, span.limit],
    );
    return rows.map(({ user_id: userId, ...row }) => ({ ...row, userId: String(userId) })).toReversed();
  }

  async prune(olderThan: Date): Promise<void> {
    await this.#database.deleteGradually('activity', 'at < $1', [olderThan]);
  }
}
