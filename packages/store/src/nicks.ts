/**
 * Who holds which nick, unique by its folded form (the `key`, made by the protocol's foldName). An account's nick is
 * permanent; a guest's is a lease that is renewed while they are connected, and free to others once it has run out.
 */
import { sql } from 'drizzle-orm';
import { type Database, toRowId, toRowIds } from './database.ts';
import { nicks } from './schema.ts';

export interface NickHolder {
  userId: string;
  nick: string;
  guest: boolean;
  permanent: boolean;
}

export interface NickRequest {
  key: string;
  nick: string;
  userId: string;
  permanent?: boolean;
  ttlMs: number;
}

type Sql = (text: string, values: unknown[]) => Promise<{ key: string }[]>;

// One statement, so that two replicas that claim at once are told apart by the unique key. A user has one nick: an
// older lease of theirs goes.
const CLAIM = `
  with claimed as (
    insert into nicks (key, nick, user_id, permanent, expires_at)
    values ($1, $2, $3, $4, now() + $5 * interval '1 millisecond')
    on conflict (key) do update set
      nick = excluded.nick,
      user_id = excluded.user_id,
      permanent = nicks.permanent or excluded.permanent,
      expires_at = excluded.expires_at
    where nicks.user_id = excluded.user_id or (not nicks.permanent and nicks.expires_at <= now())
    returning key
  ), left_behind as (
    delete from nicks using claimed
    where nicks.user_id = $3 and nicks.key <> claimed.key and not nicks.permanent
  )
  select key from claimed`;

/** Claims on any connection: `users.createWithNick` does it inside its transaction. */
export async function claimNick(run: Sql, request: NickRequest): Promise<'claimed' | 'taken'> {
  const userId = toRowId(request.userId);
  if (userId === undefined) return 'taken';
  const rows = await run(CLAIM, [request.key, request.nick, userId, request.permanent ?? false, request.ttlMs]);
  return rows.length > 0 ? 'claimed' : 'taken';
}

export class Nicks {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes the nick when it is free, run out, or the user's own. */
  claim(request: NickRequest): Promise<'claimed' | 'taken'> {
    return claimNick((text, values) => this.#database.sql(text, values), request);
  }

  /** Prolongs the guests' leases; answers the key that each of them holds. Who holds none is left out. */
  async renew(userIds: readonly string[], ttlMs: number): Promise<Map<string, string>> {
    const rows = await this.#database.sql<{ user_id: number; key: string }>(
      `update nicks set expires_at = now() + $2 * interval '1 millisecond'
       where user_id = any ($1) and not permanent returning user_id, key`,
      [toRowIds(userIds), ttlMs],
    );
    return new Map(rows.map((row) => [String(row.user_id), row.key]));
  }

  /** Frees the nick of a guest; an account's stays. */
  async release(userId: string): Promise<void> {
    await this.#database.run((query) =>
      query.delete(nicks).where(sql`${nicks.userId} = ${toRowId(userId) ?? null} and not ${nicks.permanent}`),
    );
  }

  /** Who holds the nick now; nobody when the lease has run out. */
  async holder(key: string): Promise<NickHolder | undefined> {
    const rows = await this.#database.sql<{ user_id: number; nick: string; guest: boolean; permanent: boolean }>(
      `select nicks.user_id, nicks.nick, users.guest, nicks.permanent
       from nicks join users on users.id = nicks.user_id
       where nicks.key = $1 and (nicks.permanent or nicks.expires_at > now())`,
      [key],
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    return { userId: String(row.user_id), nick: row.nick, guest: row.guest, permanent: row.permanent };
  }
}
