/** Opens the store: a Postgres server by its URL, or the embedded database in a folder. From then on they are the same. */
import { randomUUID } from 'node:crypto';
import { ActivityLog } from './activity-log.ts';
import { BrowserCookies } from './browser-cookies.ts';
import { AuthSessions } from './auth-sessions.ts';
import { Database, type StoreLog } from './database.ts';
import { openEmbedded } from './embedded.ts';
import { EventLog } from './event-log.ts';
import { Nicks } from './nicks.ts';
import { parsePostgresUrl, preparePostgres } from './postgres.ts';
import { Rooms } from './rooms.ts';
import { Secrets } from './secrets.ts';
import { TerminalSessions } from './terminal-sessions.ts';
import { Users } from './users.ts';

const DEFAULT_POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 30_000;

export interface StoreOptions {
  /** postgres://…; without it the embedded database is opened. */
  url?: string | undefined;
  /** The folder of the embedded database. */
  dataDir: string;
  /** Names this process among the replicas, in the database's list of connections. */
  replica: string;
  /** Connections to Postgres; the embedded database has its own number. */
  poolSize?: number;
  /** How long to wait for Postgres at the start. */
  connectTimeoutMs?: number;
  /** What takes time, for a person to read. */
  onNotice?: (text: string) => void;
  /** Ends the wait for Postgres. */
  stopping?: AbortSignal | undefined;
  log?: StoreLog;
}

/** All that Parley keeps. Every method rejects with StoreUnavailable while the database can't be reached. */
export interface Store {
  readonly kind: 'postgres' | 'embedded';
  readonly users: Users;
  readonly nicks: Nicks;
  readonly sessions: AuthSessions;
  readonly rooms: Rooms;
  readonly log: EventLog;
  readonly activity: ActivityLog;
  readonly secrets: Secrets;
  readonly terminals: TerminalSessions;
  readonly cookies: BrowserCookies;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  /** Finishes statements under way and lets go of the database. May be called twice. */
  close(): Promise<void>;
}

/** Rejects with StoreRefused or StoreUnavailable, both in words for the person who starts the server. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { onNotice = () => {}, stopping } = options;
  if (options.url === undefined) {
    const embedded = await openEmbedded({ dataDir: options.dataDir, onNotice, log: options.log });
    try {
      await preparePostgres(embedded.connection, { timeoutMs: CONNECT_TIMEOUT_MS, onNotice, stopping });
    } catch (error) {
      await embedded.close();
      throw error;
    }
    const database = new Database({
      connection: embedded.connection,
      poolSize: embedded.poolSize,
      replica: options.replica,
      log: options.log,
    });
    return assemble('embedded', database, async () => {
      await database.close();
      await embedded.close();
    });
  }
  const connection = parsePostgresUrl(options.url);
  const timeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  await preparePostgres(connection, { timeoutMs, onNotice, stopping });
  const database = new Database({
    connection,
    poolSize: options.poolSize ?? DEFAULT_POOL_SIZE,
    replica: options.replica,
    log: options.log,
  });
  return assemble('postgres', database, () => database.close());
}

function assemble(kind: Store['kind'], database: Database, release: () => Promise<void>): Store {
  let closed: Promise<void> | undefined;
  const holder = randomUUID();
  return {
    kind,
    users: new Users(database, holder),
    nicks: new Nicks(database, holder),
    sessions: new AuthSessions(database),
    rooms: new Rooms(database),
    log: new EventLog(database),
    activity: new ActivityLog(database),
    secrets: new Secrets(database),
    terminals: new TerminalSessions(database),
    cookies: new BrowserCookies(database),
    async ping() {
      await database.sql('select 1');
    },
    close() {
      closed ??= release();
      return closed;
    },
  };
}
