/** People: accounts and guests. Who holds which nick is in nicks.ts. */
import { count, desc, eq, sql } from 'drizzle-orm';
import { type Database, type Transaction, toRowId } from './database.ts';
import { claimNick } from './nicks.ts';
import { nicks, readMarks, rooms, users } from './schema.ts';

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

export interface NewUser {
  nick: string;
  guest: boolean;
  passwordHash?: string | undefined;
}

/** What a new user claims: the folded nick; a guest's lease in milliseconds. */
export interface NickClaim {
  key: string;
  ttlMs: number;
}

const columns = { id: users.id, nick: users.nick, guest: users.guest };
const toUser = (row: { id: number; nick: string; guest: boolean }): User => ({ ...row, id: String(row.id) });

export class Users {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds a person without a nick of their own: call `nicks.claim`, or use `createWithNick`. */
  create(user: NewUser): Promise<User> {
    return this.#database.transaction((transaction) => insertUser(transaction, user));
  }

  /** Adds a person and claims the nick, an account's for good: both or, when the nick is taken, neither. */
  async createWithNick(user: NewUser, claim: NickClaim): Promise<User | 'taken'> {
    const taken = Symbol('taken');
    try {
      return await this.#database.transaction(async (transaction) => {
        const created = await insertUser(transaction, user);
        const claimed = await claimNick((text, values) => transaction.sql(text, values), {
          ...claim,
          nick: user.nick,
          userId: created.id,
          permanent: !user.guest,
        });
        if (claimed === 'taken') throw taken;
        return created;
      });
    } catch (error) {
      if (error === taken) return 'taken';
      throw error;
    }
  }

  async get(id: string): Promise<User | undefined> {
    const rowId = toRowId(id);
    if (rowId === undefined) return undefined;
    const rows = await this.#database.run((query) => query.select(columns).from(users).where(eq(users.id, rowId)));
    return rows.map(toUser)[0];
  }

  /** The account that owns the nick, by its folded form. */
  async findAccount(key: string): Promise<Account | undefined> {
    const rows = await this.#database.run((query) =>
      query
        .select({ id: users.id, nick: users.nick, passwordHash: users.passwordHash })
        .from(nicks)
        .innerJoin(users, eq(users.id, nicks.userId))
        .where(sql`${nicks.key} = ${key} and ${nicks.permanent} and not ${users.guest}`),
    );
    const row = rows[0];
    if (row === undefined || row.passwordHash === null) return undefined;
    return { id: String(row.id), nick: row.nick, passwordHash: row.passwordHash };
  }

  async rename(id: string, nick: string): Promise<void> {
    await this.#update(id, { nick });
  }

  async setPasswordHash(id: string, passwordHash: string): Promise<void> {
    await this.#update(id, { passwordHash });
  }

  /** The newest people, and how many there are. */
  async list(options: { limit: number }): Promise<{ users: User[]; total: number }> {
    const rows = await this.#database.run((query) =>
      query.select(columns).from(users).orderBy(desc(users.id)).limit(options.limit),
    );
    const totals = await this.#database.run((query) => query.select({ total: count() }).from(users));
    return { users: rows.map(toUser), total: totals[0]?.total ?? 0 };
  }

  async #update(id: string, values: { nick: string } | { passwordHash: string }): Promise<void> {
    const rowId = toRowId(id);
    if (rowId === undefined) return;
    await this.#database.run((query) => query.update(users).set(values).where(eq(users.id, rowId)));
  }
}

async function insertUser(transaction: Transaction, user: NewUser): Promise<User> {
  const [row] = await transaction.query
    .insert(users)
    .values({ nick: user.nick, guest: user.guest, passwordHash: user.passwordHash ?? null })
    .returning(columns);
  if (row === undefined) throw new Error('An insert returned no row.');
  // What was said in the lobby before someone came is not unread to them.
  await transaction.query.insert(readMarks).select(
    transaction.query
      .select({
        userId: sql<number>`${row.id}::bigint`.as('user_id'),
        roomId: rooms.id,
        readSeq: rooms.lastSeq,
        readMessages: rooms.messageCount,
      })
      .from(rooms)
      .where(eq(rooms.open, true)),
  );
  return toUser(row);
}
