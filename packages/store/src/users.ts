/** People: accounts and guests. Who holds which nick, and how a guest takes another one, is in nicks.ts. */
import { randomUUID } from 'node:crypto';
import { type Database, toRowId } from './database.ts';
import { Batcher } from './batcher.ts';
import { removeOfUser } from './terminal-sessions.ts';

export interface User {
  id: string;
  nick: string;
  guest: boolean;
}

/** An account with what proves its owner. */
export interface Account {
  id: string;
  nick: string;
  passwordHash: string;
}

/** An account to be made; `key` is the folded nick. */
export interface NewAccount {
  nick: string;
  key: string;
  passwordHash: string;
}

/** A guest who comes for the first time: their nick's lease in milliseconds, and until when they may come back. */
export interface NewGuest {
  nick: string;
  key: string;
  ttlMs: number;
  expiresAt: Date;
}

/** An account's next password. `from` is the hash that was verified, and `exceptSessionId` the session that asks. */
export interface PasswordChange {
  from: string;
  to: string;
  exceptSessionId: string;
}

/** A guest with the session that their token names. */
export interface SignedGuest {
  user: User;
  sessionId: string;
}

// All that a guest needs, in one statement: a row whose nick is taken has no user, and so no session. Keys in order, as
// for all claims. Foreign keys are looked at when all of it is there. What was said in the lobby before is not unread.
const CREATE_GUESTS = `
  with asked as materialized (
    select asked.*, nextval(pg_get_serial_sequence('users', 'id')) as id
    from unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::timestamptz[])
      as asked(key, nick, ttl_ms, session_id, session_expires_at)
    order by key
  ), claimed as (
    insert into nicks (key, nick, user_id, permanent, expires_at, holder)
    select key, nick, id, false, now() + ttl_ms * interval '1 millisecond', $6 from asked
    on conflict (key) do update set
      nick = excluded.nick, user_id = excluded.user_id, expires_at = excluded.expires_at, holder = excluded.holder
    where not nicks.permanent and nicks.expires_at <= now()
    returning user_id
  ), made as (
    insert into users (id, nick, guest) overriding system value
    select asked.id, asked.nick, true from asked join claimed on claimed.user_id = asked.id
  ), marked as (
    insert into read_marks (user_id, room_id, read_seq, read_messages)
    select claimed.user_id, rooms.id, rooms.last_seq, rooms.message_count from claimed, rooms where rooms.open
  ), signed as (
    insert into auth_sessions (id, user_id, expires_at)
    select asked.session_id, asked.id, asked.session_expires_at from asked join claimed on claimed.user_id = asked.id
  )
  select asked.key, asked.id from asked join claimed on claimed.user_id = asked.id`;

// The same for an account, whose nick never runs out.
const CREATE_ACCOUNT = `
  with claimed as (
    insert into nicks (key, nick, user_id, permanent, expires_at)
    values ($1, $2, nextval(pg_get_serial_sequence('users', 'id')), true, now())
    on conflict (key) do update set
      nick = excluded.nick, user_id = excluded.user_id, permanent = true, expires_at = excluded.expires_at
    where not nicks.permanent and nicks.expires_at <= now()
    returning user_id
  ), made as (
    insert into users (id, nick, guest, password_hash) overriding system value
    select user_id, $2, false, $3 from claimed
  ), marked as (
    insert into read_marks (user_id, room_id, read_seq, read_messages)
    select user_id, rooms.id, last_seq, message_count from claimed, rooms where rooms.open
  )
  select user_id from claimed`;

const toUser = (row: { id: number; nick: string; guest: boolean }): User => ({ ...row, id: String(row.id) });

export class Users {
  readonly #database: Database;
  readonly #holder: string;
  readonly #newGuests: Batcher<NewGuest, SignedGuest | 'taken'>;
  readonly #reads: Batcher<number, User | undefined>;

  /** `holder`: who holds the nicks of new guests, as in nicks.ts. */
  constructor(database: Database, holder: string) {
    this.#database = database;
    this.#holder = holder;
    this.#newGuests = new Batcher({ run: (guests) => this.#createGuests(guests), keysOf: ({ key }) => [key] });
    this.#reads = new Batcher({ run: (ids) => this.#getAll(ids) });
  }

  /** Adds an account and claims its nick for good: both or, when the nick is taken, neither. */
  async createAccount({ nick, key, passwordHash }: NewAccount): Promise<User | 'taken'> {
    const [made] = await this.#database.sql<{ user_id: number }>(CREATE_ACCOUNT, [key, nick, passwordHash]);
    return made === undefined ? 'taken' : { id: String(made.user_id), nick, guest: false };
  }

  /** Adds a guest, claims the nick and signs them in: all of it or, when the nick is taken, nothing. */
  createGuest(guest: NewGuest): Promise<SignedGuest | 'taken'> {
    return this.#newGuests.ask(guest);
  }

  async get(id: string): Promise<User | undefined> {
    const rowId = toRowId(id);
    return rowId === undefined ? undefined : this.#reads.ask(rowId);
  }

  /** The account that owns the nick, by its folded form. */
  async findAccount(key: string): Promise<Account | undefined> {
    const rows = await this.#database.sql<{ id: number; nick: string; password_hash: string | null }>(
      `select users.id, users.nick, users.password_hash from nicks join users on users.id = nicks.user_id
       where nicks.key = $1 and nicks.permanent and not users.guest`,
      [key],
    );
    const row = rows[0];
    if (row === undefined || row.password_hash === null) return undefined;
    return { id: String(row.id), nick: row.nick, passwordHash: row.password_hash };
  }

  /**
   * Changes an account's password, revokes its other sessions and removes what its browser tabs would come back to: all of
   * it, or nothing. Returns the sessions' ids; undefined when the password is another one by now.
   */
  changePassword(id: string, { from, to, exceptSessionId }: PasswordChange): Promise<string[] | undefined> {
    return this.#database.transaction(async (transaction) => {
      const changed = await transaction.sql(
        'update users set password_hash = $3 where id = $1 and password_hash = $2 returning 1',
        [toRowId(id), from, to],
      );
      if (changed.length === 0) return undefined;
      // Statements of their own, which see what came to be while the one above waited.
      const ended = await transaction.sql<{ id: string }>(
        `update auth_sessions set revoked_at = statement_timestamp()
         where user_id = $1 and revoked_at is null and id <> $2 returning id`,
        [toRowId(id), exceptSessionId],
      );
      await transaction.sql(removeOfUser('$1'), [toRowId(id)]);
      return ended.map((session) => session.id);
    });
  }

  async #createGuests(guests: readonly NewGuest[]): Promise<(SignedGuest | 'taken')[]> {
    const sessionIds = guests.map(() => randomUUID());
    const rows = await this.#database.sql<{ key: string; id: number }>(CREATE_GUESTS, [
      guests.map(({ key }) => key),
      guests.map(({ nick }) => nick),
      guests.map(({ ttlMs }) => ttlMs),
      sessionIds,
      guests.map(({ expiresAt }) => expiresAt),
      this.#holder,
    ]);
    const ids = new Map(rows.map(({ key, id }) => [key, String(id)]));
    return guests.map(({ key, nick }, at) => {
      const [id, sessionId] = [ids.get(key), sessionIds[at]];
      return id === undefined || sessionId === undefined ? 'taken' : { user: { id, nick, guest: true }, sessionId };
    });
  }

  async #getAll(ids: readonly number[]): Promise<(User | undefined)[]> {
    const rows = await this.#database.sql<{ id: number; nick: string; guest: boolean }>(
      'select id, nick, guest from users where id = any ($1::bigint[])',
      [ids],
    );
    const found = new Map(rows.map((row) => [row.id, toUser(row)]));
    return ids.map((id) => found.get(id));
  }
}
