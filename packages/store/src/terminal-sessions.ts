/** What a browser tab comes back to: its user, room, scroll position and drafts, under a key that only the tab can make. */
import { type Database, toRowId } from './database.ts';
import { Batcher } from './batcher.ts';
import type { User } from './users.ts';

export interface TerminalSession {
  userId: string;
  room?: string | undefined;
  /** Whatever the client wants to find again, as JSON. */
  scroll?: unknown;
  /** Of the room. */
  draft?: string | undefined;
  /** Of other rooms. */
  drafts?: TerminalDraft[] | undefined;
}

interface TerminalDraft {
  room: string;
  text: string;
}

/** What is kept under a key, with its user. */
export interface OwnedTerminalSession {
  kept: TerminalSession;
  user: User;
}

interface Write {
  readonly key: string;
  readonly session: TerminalSession;
}

/** A user has no more of them: tabs beyond that are long closed, or were never there. Those put last stay. */
export const MAX_SESSIONS_OF_USER = 32;

// Keys in order, so that two replicas never wait for each other; nor does what makes room, which leaves alone what is in
// use. Only a new key can be one too many. Each is newer than all others of its user, also within the
// millisecond that times are kept to, and where the clock was set back a little.
const PUT = `
  with put as (
    insert into terminal_sessions (key, user_id, room, scroll, draft, drafts, updated_at)
    select key, user_id, room, scroll::jsonb, draft, drafts::jsonb, greatest(now(), (
      select max(updated_at) + interval '1 millisecond' from terminal_sessions
      where user_id = asked.user_id and updated_at < now() + interval '1 hour'
    ))
    from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[])
      as asked(key, user_id, room, scroll, draft, drafts)
    order by key
    on conflict (key) do update set
      user_id = excluded.user_id,
      room = excluded.room,
      scroll = excluded.scroll,
      draft = excluded.draft,
      drafts = excluded.drafts,
      updated_at = excluded.updated_at
    returning user_id, xmax = 0 as is_new
  ), newcomers as (
    select user_id, count(*) as put from put group by user_id having bool_or(is_new)
  ), ranked as (
    select key, put + row_number() over (partition by user_id order by updated_at desc, key) as place
    from newcomers join terminal_sessions using (user_id) where key <> all ($1::text[])
  )
  delete from terminal_sessions where key in (
    select old.key from ranked join terminal_sessions as old using (key)
    where place > ${MAX_SESSIONS_OF_USER} for update of old skip locked
  )`;

/** Removes all of a user's, in the order in which they are put. `user` is SQL. */
export const removeOfUser = (user: string): string => `
  delete from terminal_sessions where key = any (array(
    select key from terminal_sessions where user_id = ${user} order by key for update))`;

interface SessionRow {
  key: string;
  user_id: number;
  room: string | null;
  scroll: unknown;
  draft: string | null;
  drafts: TerminalDraft[] | null;
  nick: string;
  guest: boolean;
}

export class TerminalSessions {
  readonly #database: Database;
  readonly #writes: Batcher<Write, void>;
  readonly #reads: Batcher<string, OwnedTerminalSession | undefined>;

  constructor(database: Database) {
    this.#database = database;
    this.#reads = new Batcher({ run: (keys) => this.#getAll(keys) });
    this.#writes = new Batcher({ run: (writes) => this.#putAll(writes), keysOf: ({ key }) => [key] });
  }

  async get(key: string): Promise<TerminalSession | undefined> {
    return (await this.#reads.ask(key))?.kept;
  }

  getWithUser(key: string): Promise<OwnedTerminalSession | undefined> {
    return this.#reads.ask(key);
  }

  /** Replaces what is kept under the key. A new key takes the place of its user's oldest when they have too many. */
  put(key: string, session: TerminalSession): Promise<void> {
    return this.#writes.ask({ key, session });
  }

  async remove(key: string): Promise<void> {
    await this.#database.sql('delete from terminal_sessions where key = $1', [key]);
  }

  /** Removes all that is kept for a user: they signed out. */
  async removeUser(userId: string): Promise<void> {
    const id = toRowId(userId);
    if (id === undefined) return;
    await this.#database.sql(removeOfUser('$1'), [id]);
  }

  async prune(olderThan: Date): Promise<void> {
    await this.#database.deleteGradually('terminal_sessions', 'updated_at < $1', [olderThan]);
  }

  async #putAll(writes: readonly Write[]): Promise<void[]> {
    const sessions = writes.map(({ session }) => session);
    await this.#database.sql(PUT, [
      writes.map(({ key }) => key),
      sessions.map(({ userId }) => userId),
      sessions.map(({ room }) => room ?? null),
      sessions.map(({ scroll }) => (scroll === undefined || scroll === null ? null : JSON.stringify(scroll))),
      sessions.map(({ draft }) => draft ?? null),
      sessions.map(({ drafts }) => (drafts === undefined ? null : JSON.stringify(drafts))),
    ]);
    return writes.map(() => {});
  }

  async #getAll(keys: readonly string[]): Promise<(OwnedTerminalSession | undefined)[]> {
    const rows = await this.#database.sql<SessionRow>(
      `select key, user_id, room, scroll, draft, drafts, nick, guest
       from terminal_sessions join users on users.id = user_id where key = any ($1::text[])`,
      [keys],
    );
    const found = new Map(rows.map((row) => [row.key, toOwned(row)]));
    return keys.map((key) => found.get(key));
  }
}

function toOwned(row: SessionRow): OwnedTerminalSession {
  const userId = String(row.user_id);
  const kept = {
    userId,
    ...(row.room === null ? {} : { room: row.room }),
    ...(row.scroll === null ? {} : { scroll: row.scroll }),
    ...(row.draft === null ? {} : { draft: row.draft }),
    ...(row.drafts === null ? {} : { drafts: row.drafts }),
  };
  return { kept, user: { id: userId, nick: row.nick, guest: row.guest } };
}
