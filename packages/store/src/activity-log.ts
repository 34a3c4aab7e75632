/** Connects and disconnects, kept apart from the rooms' logs and forgotten after a while. */
import { and, asc, desc, gte, lt } from 'drizzle-orm';
import type { Database } from './database.ts';
import { activity } from './schema.ts';

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
    const rows = await this.#database.run((query) => {
      const newest = query
        .select()
        .from(activity)
        .where(and(gte(activity.at, span.from), lt(activity.at, span.to)))
        .orderBy(desc(activity.at), desc(activity.id))
        .limit(span.limit)
        .as('newest');
      return query.select().from(newest).orderBy(asc(newest.at), asc(newest.id));
    });
    return rows.map(({ at, userId, nick, kind }) => ({ at, userId: String(userId), nick, kind }));
  }

  async prune(olderThan: Date): Promise<void> {
    await this.#database.deleteGradually('activity', 'at < $1', [olderThan]);
  }
}
