/**
 * Who holds which nick, unique by its folded form (the `key`, made by the protocol's foldName). An account's nick is
 * permanent; a guest's is a lease that is renewed while they are connected, and free to others once it has run out. The store
 * that has claimed or renewed a lease last is its holder, and alone may free it: another one may not know yet that the guest
 * has moved. What a guest is called in `users` is the nick that they claimed last: the claim itself writes it.
 */
import { type Database, toRowId, toRowIds } from './database.ts';
import { Batcher } from './batcher.ts';

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
  ttlMs: number;
  /** Only while the guest is called so: their newer nick must not be undone. Otherwise they are called so from now on. */
  unlessRenamed?: boolean;
}

// One statement, so that two replicas that claim at once are told apart by the unique key, and that nobody is called what
// they have not claimed. A user has one nick: an older lease of theirs goes. Locks: nicks in the order of their keys, then
// those left behind, then the guests by their ids (`freed` is not read, but waited for): who keeps a guest locked waits for
// no nick any more, so that nobody's waiting goes in a circle through a guest.
const CLAIM = `
  with asked as materialized (
    select asked.key, asked.nick, user_id, ttl_ms
    from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::boolean[])
      as asked(key, nick, user_id, ttl_ms, unless_renamed)
    join users on users.id = user_id and users.guest and (not unless_renamed or users.nick = asked.nick)
    order by key
  ), claimed as (
    insert into nicks (key, nick, user_id, permanent, expires_at, holder)
    select key, nick, user_id, false, now() + ttl_ms * interval '1 millisecond', $6 from asked
    on conflict (key) do update set
      nick = excluded.nick,
      user_id = excluded.user_id,
      expires_at = excluded.expires_at,
      holder = excluded.holder
    where nicks.user_id = excluded.user_id or (not nicks.permanent and nicks.expires_at <= now())
    returning key, nick, user_id
  ), left_behind as (
    delete from nicks where key in (
      select nicks.key from nicks join claimed on claimed.user_id = nicks.user_id
      where nicks.key <> claimed.key and not nicks.permanent
      order by nicks.key for update of nicks
    ) returning key
  ), renamed as (
    update users set nick = called.nick from (
      select users.id, claimed.nick
      from users join claimed on claimed.user_id = users.id and claimed.nick <> users.nick
      cross join (select count(*) from left_behind) as freed
      order by users.id for no key update of users
    ) as called
    where users.id = called.id
  )
  select key from claimed`;

// In the order of the keys, like the claims that may come at the same time.
const RELEASE = `
  delete from nicks where key in (
    select key from nicks
    where user_id = any ($1::bigint[]) and not permanent and (holder is null or holder = $2)
    order by key for update
  )`;
// Thousands are renewed every few seconds, and nearly all are as they were: only the others are told of.
const RENEW = `
  with asked as materialized (
    select * from unnest($1::bigint[], $2::text[]) as asked(user_id, key)
  ), held as (
    select nicks.key from nicks join asked on asked.key = nicks.key and asked.user_id = nicks.user_id
    where not nicks.permanent order by nicks.key for update of nicks
  ), renewed as (
    update nicks set expires_at = now() + $3::bigint * interval '1 millisecond', holder = $4
    from held where nicks.key = held.key returning nicks.user_id
  )
  select asked.user_id, (
    select nicks.key from nicks where nicks.user_id = asked.user_id and not nicks.permanent limit 1
  ) as key
  from asked where asked.user_id not in (select user_id from renewed)`;

export class Nicks {
  readonly #database: Database;
  readonly #holder: string;
  readonly #claims: Batcher<NickRequest, 'claimed' | 'taken'>;
  readonly #releases: Batcher<number, undefined>;

  /** `holder`: names this store among all that are open on the database. */
  constructor(database: Database, holder: string) {
    this.#database = database;
    this.#holder = holder;
    this.#claims = new Batcher({
      run: (requests) => this.#claimAll(requests),
      keysOf: ({ key, userId }) => [`key ${key}`, `user ${userId}`],
    });
    this.#releases = new Batcher({
      run: async (userIds) => {
        await database.sql(RELEASE, [userIds, holder]);
        return userIds.map(() => undefined);
      },
    });
  }

  /** Takes the nick for a guest when it is free, run out, or their own; their former one is free then. */
  claim(request: NickRequest): Promise<'claimed' | 'taken'> {
    return this.#claims.ask(request);
  }

  /**
   * Prolongs leases that guests hold, told as the key of each one's nick. Answers for those who don't hold theirs any more
   * which key they hold instead, undefined for none.
   */
  async renew(held: ReadonlyMap<string, string>, ttlMs: number): Promise<Map<string, string | undefined>> {
    const rows = await this.#database.sql<{ user_id: number; key: string | null }>(RENEW, [
      toRowIds([...held.keys()]),
      [...held.values()],
      ttlMs,
      this.#holder,
    ]);
    return new Map(rows.map((row) => [String(row.user_id), row.key ?? undefined]));
  }

  /** Frees the nick of a guest, unless another store holds it by now; an account's stays. */
  async release(userId: string): Promise<void> {
    const rowId = toRowId(userId);
    if (rowId !== undefined) await this.#releases.ask(rowId);
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

  async #claimAll(requests: readonly NickRequest[]): Promise<('claimed' | 'taken')[]> {
    const known = requests.filter(({ userId }) => toRowId(userId) !== undefined);
    const rows = await this.#database.sql<{ key: string }>(CLAIM, [
      known.map(({ key }) => key),
      known.map(({ nick }) => nick),
      known.map(({ userId }) => userId),
      known.map(({ ttlMs }) => ttlMs),
      known.map(({ unlessRenamed = false }) => unlessRenamed),
      this.#holder,
    ]);
    const claimed = new Set(rows.map(({ key }) => key));
    return requests.map(({ key, userId }) => (claimed.has(key) && toRowId(userId) !== undefined ? 'claimed' : 'taken'));
  }
}
