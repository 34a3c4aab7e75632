/** Reaches a Postgres server: waits for it to come up, in words, and says in words why it can't be used. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { migrate } from './migrate.ts';
import { QueryFailed, StoreRefused, StoreUnavailable, toStoreError } from './store-errors.ts';

const ATTEMPT_TIMEOUT_MS = 5000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;
/** Postgres 13 has gen_random_uuid() and all else that the schema uses. */
const OLDEST_VERSION = 130_000;
/** A migration may wait for another process's, and rewrite a large table. */
const MIGRATION_TIMEOUT_MS = 15 * 60_000;

/** SQLSTATEs that waiting does not cure. */
const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'the password is wrong',
  '28000': 'the server does not let this user in',
  '3D000': 'there is no such database',
  '42501': 'the user has no right to do that',
};

/** The connection settings of a URL, or StoreRefused; its text is not repeated, because it may hold a password. */
export function parsePostgresUrl(url: string): ClientConfig {
  if (!/^postgres(?:ql)?:\/\//.test(url)) {
    throw new StoreRefused('The database address must look like postgres://user:password@host:5432/name.');
  }
  return { connectionString: url };
}

/** Host and port, or the socket's folder, for people. */
function placeOf(client: Client): string {
  return client.host.startsWith('/') ? client.host : `${client.host}:${client.port}`;
}

export interface WaitOptions {
  /** How long to try before giving up. */
  timeoutMs: number;
  onNotice: (text: string) => void;
  /** Ends the trying. */
  stopping?: AbortSignal | undefined;
}

/** Connects, trying again until the time is up, and brings the schema to this version. */
export async function preparePostgres(connection: ClientConfig, options: WaitOptions): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  let pause = FIRST_PAUSE_MS;
  let told = false;
  for (;;) {
    const client = newClient(connection);
    const place = placeOf(client);
    try {
      await client.connect();
      await prepare(client);
      return;
    } catch (thrown) {
      const error = toStoreError(thrown);
      if (error instanceof StoreRefused) throw error;
      if (!(error instanceof StoreUnavailable)) throw refusal(place, error);
      const left = deadline - performance.now();
      if (left <= 0) {
        const seconds = Math.round(options.timeoutMs / 1000);
        throw new StoreUnavailable(
          `Postgres at ${place} could not be reached within ${seconds} s: ${error.message || 'no answer'}. ` +
            'Start it, or correct the address in DATABASE_URL.',
          { cause: error },
        );
      }
      if (!told) options.onNotice(`Waiting for Postgres at ${place} …`);
      told = true;
      await delay(Math.min(pause, left), undefined, { signal: options.stopping });
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    } finally {
      await client.end().catch(() => {}); // it may never have been connected
    }
  }
}

/** What waiting does not cure: the server's refusals, and TLS that does not come about. */
function refusal(place: string, error: unknown): StoreRefused {
  const why = error instanceof QueryFailed ? REFUSALS[error.code ?? ''] : undefined;
  const reason = why === undefined ? messageOf(error) : `${why} (${messageOf(error)})`;
  return new StoreRefused(`Postgres at ${place} can't be used: ${reason}.`, { cause: error });
}

/** Throws StoreRefused when the address can't be read, or a file that it names: the driver looks at both here. */
function newClient(connection: ClientConfig): Client {
  let client: Client;
  try {
    client = new Client({
      ...connection,
      application_name: 'parley',
      connectionTimeoutMillis: ATTEMPT_TIMEOUT_MS,
      query_timeout: MIGRATION_TIMEOUT_MS,
    });
  } catch (error) {
    throw new StoreRefused(`The database address can't be used: ${messageOf(error)}.`, { cause: error });
  }
  // What breaks the connection also fails the call under way; without a listener it would end the process too.
  client.on('error', () => {});
  return client;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function prepare(client: Client): Promise<void> {
  const { rows } = await client.query<{ number: string; version: string; read_only: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as version,
       current_setting('transaction_read_only') as read_only`,
  );
  const server = rows[0];
  if (server !== undefined && Number(server.number) < OLDEST_VERSION) {
    throw new StoreRefused(`Parley needs Postgres 13 or newer; this server is ${server.version}.`);
  }
  if (server?.read_only === 'on') throw new StoreUnavailable('the server only lets read (a standby?)');
  await migrate(client);
}
