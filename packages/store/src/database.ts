/**
 * The pool of connections: the one place where statements are sent and where errors become StoreUnavailable or
 * QueryFailed. Knows nothing of what the tables mean.
 *
 * All statements are SQL, because most do many rows or several tables at once, which no builder says. Drizzle has the tables
 * (schema.ts) and writes their migrations.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ClientConfig,
  DatabaseError,
  Pool,
  type PoolClient,
  type QueryResult,
  type QueryResultRow,
  TypeOverrides,
  types,
} from 'pg';
import { ConnectionQueue } from './connection-queue.ts';
import { type Backend, OWN_BACKEND, SeveredBackends } from './severed-backends.ts';
import { isLockTimeout, QueryFailed, StoreUnavailable, toStoreError } from './store-errors.ts';

/** The part of a pino logger that the store uses. */
export interface StoreLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A new connection has to be there after this long. */
const CONNECT_TIMEOUT_MS = 3000;
/** A burst, such as all clients coming back at once, may wait this long for its turn. */
const QUEUE = { maxWaiting: 20_000, timeoutMs: 20_000 };
/** The server gives a statement up after this long ... */
const STATEMENT_TIMEOUT_MS = 5000;
/** ... and the client, when the server has gone silent, a little later. */
const QUERY_TIMEOUT_MS = 6000;
/**
 * Only people and their reports keep a lock for so long. More than the second after which Postgres looks for deadlocks, so
 * that one is told as what it is.
 */
const LOCK_TIMEOUT_MS = 1200;

const DELETE_STEP = 2000;
/** A process that ends has little time; what still runs then has not been acknowledged. */
const CLOSE_TIMEOUT_MS = 2500;
/**
 * What a new connection begins with. Read committed, whatever the default is: who waited for a room's lock has to see what
 * was waited for. And what is acknowledged has to be on disk: `off` alone does not wait for that.
 */
const GREETING = `select
  set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', false),
  set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', false),
  set_config('idle_in_transaction_session_timeout', '${STATEMENT_TIMEOUT_MS}', false),
  set_config('default_transaction_isolation', 'read committed', false),
  case when current_setting('synchronous_commit') = 'off' then set_config('synchronous_commit', 'on', false) end,
  ${OWN_BACKEND}`;
/** Not there, or there already: a pooler gives each transaction whichever connection is free. Nothing was done. */
const STATEMENT_NOT_KEPT = new Set(['26000', '42P05']);

/** Ids, seqs and counts are bigint in the tables and far below 2^53. */
const numbers = new TypeOverrides();
numbers.setTypeParser(types.builtins.INT8, Number);

const ignore = (): void => {};

export interface DatabaseOptions {
  connection: ClientConfig;
  poolSize: number;
  /** This process's name in the database's list of connections. */
  replica: string;
  log: StoreLog | undefined;
}

/** One with a name is parsed and planned once for each connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
}

export class Database {
  readonly #pool: Pool;
  readonly #connections: ConnectionQueue;
  readonly #log: StoreLog | undefined;
  readonly #severed = new SeveredBackends((statement, values) => this.sql<Backend>(statement, values));
  #ended: Promise<void> | undefined;
  /** Whether a connection is the same one to Postgres from one transaction to the next. */
  #keepsStatements = true;

  constructor(options: DatabaseOptions) {
    this.#log = options.log;
    this.#connections = new ConnectionQueue({ width: options.poolSize, ...QUEUE });
    this.#pool = new Pool({
      ...options.connection,
      application_name: `parley ${options.replica}`,
      max: options.poolSize,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      types: numbers,
      // As a statement, not a startup parameter: connection poolers refuse parameters they don't know.
      verify: (client, done) =>
        client.query<Backend>(GREETING, (error: Error | null, result: QueryResult<Backend> | undefined) => {
          for (const backend of result?.rows ?? []) this.#severed.connected(client, backend);
          done(error ?? undefined);
        }),
    });
    // A connection that dies while idle is not an error of anyone's: the pool drops it and makes another.
    this.#pool.on('error', (error) => this.#log?.warn({ reason: error.message }, 'database connection lost'));
    // One that is cut while in use, `verify` included, fails the statement and reports it as an event besides, which
    // nobody listening would make fatal to the process.
    this.#pool.on('connect', (client) => client.on('error', ignore));
  }

  /** Runs one statement of SQL. Times are Dates and bigints numbers. */
  sql<Row extends QueryResultRow>(statement: string | Statement, values: unknown[] = []): Promise<Row[]> {
    const { name, text } = typeof statement === 'string' ? { name: undefined, text: statement } : statement;
    return this.#withClient(async (client) => {
      if (name === undefined || !this.#keepsStatements) return (await client.query<Row>(text, values)).rows;
      try {
        return (await client.query<Row>({ name, text, values })).rows;
      } catch (error) {
        if (!(error instanceof DatabaseError && STATEMENT_NOT_KEPT.has(error.code ?? ''))) throw error;
        this.#keepsStatements = false;
        return (await client.query<Row>(text, values)).rows;
      }
    });
  }

  /** Runs statements in one transaction on one connection; what `work` throws rolls it back. */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.#withClient(async (client) => {
      await client.query('begin');
      try {
        const result = await work(new Transaction(client));
        await client.query('commit');
        return result;
      } catch (error) {
        // When the connection is what failed, the transaction is gone with it, and the error below says so.
        await client.query('rollback').catch(ignore);
        throw error;
      }
    });
  }

  /**
   * Resolves when nothing can be committed any more that was sent on a connection which broke since. Rejects with
   * StoreUnavailable when that can't be made sure now; then nothing was sent.
   */
  async settle(): Promise<void> {
    try {
      await this.#severed.end();
    } catch (error) {
      if (!(error instanceof QueryFailed)) {
        const lost = error instanceof StoreUnavailable && error.lost;
        throw new StoreUnavailable('The database is away.', { cause: error, lost });
      }
      // A server that does not let one end one's own connections: what is late may come, as the network has it.
      this.#log?.warn({ reason: error.message }, 'could not end broken connections');
      this.#severed.forgetAll();
    }
  }

  /** Deletes rows in small steps, so that no step takes long or locks much. The names are the program's own, never a user's. */
  async deleteGradually(table: string, where: string, values: unknown[], step = DELETE_STEP): Promise<void> {
    let deleted: number;
    do {
      const rows = await this.sql(
        `delete from ${table} where ctid = any (array(select ctid from ${table} where ${where} limit ${step}))
         returning 1`,
        values,
      );
      deleted = rows.length;
    } while (deleted === step);
  }

  /** Waits for statements under way, a silent server's not for long, and closes. May be called twice. */
  close(): Promise<void> {
    this.#ended ??= Promise.race([this.#pool.end(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    return this.#ended;
  }

  async #withClient<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    await this.#connections.enter();
    try {
      return await this.#withConnection(work);
    } catch (error) {
      const translated = this.#translate(error);
      if (translated instanceof StoreUnavailable && translated.lost) this.#connections.refuseWaiting(translated);
      throw translated;
    } finally {
      this.#connections.leave();
    }
  }

  /** Not `pool.query`: that throws a connection away for every error, of a duplicate key just the same. */
  async #withConnection<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#connect();
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      // A statement that timed out may still be answered: whoever came next would read its answer.
      const known = toStoreError(error);
      broken = known instanceof StoreUnavailable && !isLockTimeout(known);
      if (known instanceof StoreUnavailable && known.outcomeUnknown) this.#severed.sever(client);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** Nothing was asked yet, so no statement is at fault, whatever the server said: it may let us in later. */
  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      const known = toStoreError(error);
      if (known instanceof StoreUnavailable) throw known;
      const reason = known instanceof Error ? known.message : String(known);
      throw new StoreUnavailable(reason, { cause: error, lost: true });
    }
  }

  #translate(error: unknown): unknown {
    return this.#ended === undefined
      ? toStoreError(error)
      : new StoreUnavailable('The database is closed.', { cause: error, outcomeUnknown: true });
  }
}

/** Statements of one transaction. */
export class Transaction {
  readonly #client: PoolClient;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  async sql<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#client.query<Row>(text, values)).rows;
  }
}

/** An id from outside as the tables have it, or undefined when nothing can have that id. */
export function toRowId(id: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(id) ? Number(id) : undefined;
}

/** Ids as the tables have them; those that nothing can have are left out. */
export const toRowIds = (ids: Iterable<string>): number[] =>
  [...ids].map(toRowId).filter((id): id is number => id !== undefined);

/** Whether a string from outside can stand in a column of UUIDs. */
export const isUuid = (id: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
